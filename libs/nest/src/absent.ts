/** What Nest, promises and inspectors look for on whatever they are handed. */
const NOT_ASKED_FOR = /^(?:then|toJSON|constructor|(?:on|before)[A-Z]\w*)$/;

/** Stands where an application has no database: whoever asks it something is told which option is missing. */
export function absent<T extends object>(name: string): T {
  return new Proxy({} as T, {
    get(_, member) {
      if (typeof member === 'symbol' || NOT_ASKED_FOR.test(member)) return undefined;
      return () => {
        throw new TypeError(
          `${name}.${member}: PortcullisModule has no stores, expected typeOrmStores(dataSource)`,
        );
      };
    },
  });
}
