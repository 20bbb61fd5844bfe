interface Factory {
  factory: (...parts: never[]) => unknown;
  inject?: (string | symbol)[];
}

/** As much of the `TestingModuleBuilder` of @nestjs/testing as is asked for here. */
export interface ModuleBuilder {
  overrideProvider(token: unknown): {
    useValue(value: unknown): unknown;
    useFactory(factory: Factory): unknown;
  };
}
