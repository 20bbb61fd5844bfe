/** As much of the `TestingModuleBuilder` of @nestjs/testing as is asked for here. */
export interface ModuleBuilder {
  overrideProvider(token: unknown): { useValue(value: unknown): unknown };
}
