const NEST = '^libs/nest/src/';
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** Who may import whom. Product code only: tests may reach anywhere. */
module.exports = {
  forbidden: [
    rule('no-cycles', 'Circular decorated imports fail at run time.', {}, { circular: true }),
    rule(
      'wire-imports-nothing',
      'wire is pure: no room, no package, no built-in.',
      { path: '^libs/wire/src', pathNot: '\\.spec\\.ts$' },
      { pathNot: '^libs/wire/src' },
    ),
    rule(
      'client-imports-wire-only',
      'client runs in browsers.',
      { path: '^libs/client/src', pathNot: '\\.spec\\.ts$' },
      { pathNot: ['^libs/client/src', '^libs/wire/src/index\\.ts$'] },
    ),
    rule(
      'cli-speaks-http-alone',
      'the command-line tool works on a machine that has nothing else of this project.',
      { path: '^libs/cli/src', pathNot: '\\.spec\\.ts$' },
      { path: '^(libs/(?!cli/)|src/)' },
    ),
    rule(
      'side-doors-lead-out-only',
      'strategies and test helpers stand on the pipeline and the layers; nobody else needs them.',
      { path: '^(libs|src)/', pathNot: [`${NEST}(passport|testing)/`] },
      { path: `${NEST}(passport|testing)/` },
    ),
    rule(
      'strategies-are-thin',
      'a strategy hands a request to the pipeline.',
      { path: `${NEST}passport/` },
      { path: `${NEST}(state|authorities|edge|operations|stores|testing)/` },
    ),
    rule(
      'passport-stays-in-its-room',
      'a host without Passport never loads it.',
      { path: '^(libs|src)/', pathNot: [`${NEST}passport/`, '\\.spec\\.ts$'] },
      { path: 'node_modules/(@nestjs/passport|passport[^/]*)/' },
    ),
    rule(
      'the-module-alone-puts-together',
      'providers know every room; no room knows them.',
      { path: '^(libs|src)/', pathNot: [`${NEST}providers/`, `${NEST}portcullis\\.module\\.ts$`] },
      { path: `${NEST}providers/` },
    ),
    rule(
      'crypto-stands-below-everything',
      'crypto knows wire and node:crypto.',
      { path: `${NEST}crypto/` },
      { path: `${NEST}(?!crypto/)` },
    ),
    rule(
      'pipeline-knows-no-layer',
      'the pipeline stands below the layers.',
      { path: `${NEST}pipeline/` },
      { path: `${NEST}(state|layers|authorities|edge|operations|stores)/` },
    ),
    rule(
      'state-stands-on-the-pipeline',
      'what every authority keeps its state with knows none of them.',
      { path: `${NEST}state/` },
      { path: `${NEST}(layers|authorities|edge|operations|stores)/` },
    ),
    rule(
      'layers-know-no-authority',
      'a layer owns its ports and knows nobody behind them.',
      { path: `${NEST}layers/` },
      { path: `${NEST}(authorities|edge|operations|stores)/` },
    ),
    rule(
      'layers-are-strangers',
      'a layer never imports another layer.',
      { path: `${NEST}layers/([^/]+)/` },
      { path: `${NEST}layers/`, pathNot: `${NEST}layers/$1/` },
    ),
    rule(
      'authorities-know-no-store',
      'authorities own their ports.',
      { path: `${NEST}authorities/` },
      { path: `${NEST}(edge|operations|stores)/` },
    ),
    rule(
      'drivers-stay-in-stores',
      'only stores know a driver.',
      { path: '^libs/', pathNot: [`${NEST}stores/(typeorm|redis)/`, '\\.spec\\.ts$'] },
      { path: 'node_modules/(typeorm|pg|ioredis|@electric-sql)/' },
    ),
    rule(
      'rooms-are-entered-by-the-door',
      'a folder is entered through its index.ts.',
      { path: `${NEST}([^/]+)/`, pathNot: `${NEST}(layers|authorities|operations|stores)/` },
      {
        path: `${NEST}(crypto|pipeline|state)/`,
        pathNot: [`${NEST}$1/`, `${NEST}(crypto|pipeline|state)/index\\.ts$`],
      },
    ),
    rule(
      'inner-rooms-are-entered-by-the-door',
      'a layer, authority, operation or store is entered through its index.ts.',
      { path: `${NEST}([^/]+/[^/]+)/` },
      {
        path: `${NEST}(layers|authorities|operations|stores)/[^/]+/`,
        pathNot: [`${NEST}$1/`, `${NEST}(layers|authorities|operations|stores)/[^/]+/index\\.ts$`],
      },
    ),
    rule(
      'the-module-enters-by-the-door',
      'the files beside the rooms, and every room, enter a room through its index.ts.',
      { path: `${NEST}([^/]+\\.ts|(layers|authorities|operations|stores)/.*)$` },
      { path: `${NEST}(crypto|pipeline|state)/`, pathNot: `${NEST}(crypto|pipeline|state)/index\\.ts$` },
    ),
    rule(
      'the-module-enters-inner-rooms-by-the-door',
      'the files beside the rooms enter a layer, authority, operation or store through its index.ts.',
      { path: `${NEST}(providers/)?[^/]+\\.ts$` },
      {
        path: `${NEST}(layers|authorities|operations|stores)/`,
        pathNot: `${NEST}(layers|authorities|operations|stores)/[^/]+/index\\.ts$`,
      },
    ),
    rule(
      'the-bank-is-a-stranger',
      'the sample imports the packages by name.',
      { path: '^(src/|ormconfig)' },
      {
        path: '^libs/',
        pathNot: [
          '^libs/wire/src/index\\.ts$',
          '^libs/nest/src/index\\.ts$',
          `${NEST}(authorities/oauth|operations/admin|stores/(typeorm|redis))/index\\.ts$`,
        ],
      },
    ),
    rule(
      'no-test-code-in-products',
      'product code imports no test code.',
      { path: '^(libs|src)/', pathNot: '\\.spec\\.ts$' },
      { path: ['^test/', '\\.spec\\.ts$'] },
    ),
    rule(
      'no-unresolved',
      'an import that resolves to nothing hides from every other rule.',
      {},
      { couldNotResolve: true },
    ),
    rule(
      'no-dist',
      'an alias that resolves to dist hides from every other rule.',
      {},
      { path: '^(dist|libs/[^/]+/dist)/' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.base.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};
