const esmToCjs = [
  '@swc/jest',
  {
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
    module: { type: 'commonjs' },
  },
];

export default {
  testEnvironment: 'node',
  testMatch: [
    '<rootDir>/libs/*/src/**/*.spec.ts',
    '<rootDir>/src/**/*.spec.ts',
    '<rootDir>/test/**/*.spec.ts',
  ],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '<rootDir>/test/heavy/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/libs/[^/]+/dist/'],
  transform: {
    '^.+\\.(ts|js|mjs)$': esmToCjs,
    // PGlite's CommonJS build still calls import(), which jest's sandbox refuses; translated it is a require.
    '/@electric-sql/pglite/.+\\.cjs$': esmToCjs,
  },
  // Nest 12 and several peers are published as ESM only; they are translated like our own sources.
  transformIgnorePatterns: [],
  moduleFileExtensions: ['js', 'mjs', 'cjs', 'ts', 'json', 'node'],
  moduleNameMapper: {
    '^@portcullis/wire$': '<rootDir>/libs/wire/src/index.ts',
    '^@portcullis/nest$': '<rootDir>/libs/nest/src/index.ts',
    '^@portcullis/nest/oauth$': '<rootDir>/libs/nest/src/authorities/oauth/index.ts',
    '^@portcullis/nest/admin$': '<rootDir>/libs/nest/src/operations/admin/index.ts',
    '^@portcullis/client$': '<rootDir>/libs/client/src/index.ts',
    '^@portcullis/nest/(passport|testing)$': '<rootDir>/libs/nest/src/$1/index.ts',
    '^@portcullis/nest/(typeorm|redis)$': '<rootDir>/libs/nest/src/stores/$1/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  // Many suites wait more than they work: on two cores three take a fifth less time than two.
  maxWorkers: 3,
  // For what hangs: a test that starts a dozen processes takes a minute where others are busy beside it.
  testTimeout: 120_000,
};
