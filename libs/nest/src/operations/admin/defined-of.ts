/** Without the members that were not sent. */
export function definedOf<T extends object>(
  body: T,
): { [K in keyof T]?: NonNullable<T[K]> | Extract<T[K], null> } {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as ReturnType<
    typeof definedOf<T>
  >;
}
