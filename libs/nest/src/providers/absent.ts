/** What Nest, promises and inspectors look for on whatever they are handed. */
const NOT_ASKED_FOR = /^(?:then|toJSON|constructor|(?:on|before)[A-Z]\w*)$/;

const MISSING = {
  stores: 'stores, expected typeOrmStores(dataSource)',
  tokens: "tokens, expected { issuer: 'https://…' }",
} as const;

/** Stands where an application has no database, or issues no tokens: whoever asks it something is told which option is missing. */
export function absent<T extends object>(name: string, option: keyof typeof MISSING = 'stores'): T {
  return new Proxy({} as T, {
    get(_, member) {
      if (typeof member === 'symbol' || NOT_ASKED_FOR.test(member)) return undefined;
      return () => {
        throw new TypeError(`${name}.${member}: PortcullisModule has no ${MISSING[option]}`);
      };
    },
  });
}
