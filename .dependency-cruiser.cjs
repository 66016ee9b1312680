const house = ['webhook', 'api', 'delivery', 'content', 'presence'];
/** Each provider has a folder of its own; these are what providers share. */
const provider = 'providers/(?!(?:wire|many-tokens|access-token)/)[^/]+';
const adapters = `^src/(store/(redis|embedded)|${provider}|transport|sandbox)/`;

/** The dependency rules of docs/architecture.md. A port is a file under a `ports/` folder or providers/provider.ts. */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'domain-imports-nothing',
      severity: 'error',
      from: { path: '^src/domain/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'ports-import-domain-only',
      severity: 'error',
      from: { path: '^src/(store/ports/|providers/provider\\.ts|transport/port\\.ts)' },
      to: { pathNot: '^src/(domain/|store/ports/|providers/provider\\.ts)' },
    },
    {
      name: 'house-imports-no-adapter',
      comment: 'webhook, api, delivery, content, presence see ports, never adapters',
      severity: 'error',
      from: { path: `^src/(${house.join('|')})/`, pathNot: '\\.test\\.ts$' },
      to: { path: adapters },
    },
    {
      name: 'adapters-do-not-know-the-house',
      severity: 'error',
      from: { path: adapters, pathNot: '\\.test\\.ts$' },
      to: { path: `^src/(${house.join('|')}|config|cli|relay\\.ts|main\\.ts)/?` },
    },
    {
      name: 'store-adapters-do-not-know-each-other',
      severity: 'error',
      from: { path: '^src/store/(redis|embedded)/' },
      to: { path: '^src/store/(redis|embedded)/', pathNot: '^src/store/$1/' },
    },
    {
      name: 'provider-adapters-do-not-know-each-other',
      severity: 'error',
      from: {
        path: '^src/providers/(?!(?:wire|many-tokens|access-token)/)([^/]+)/',
        pathNot: '\\.test\\.ts$',
      },
      to: { path: `^src/${provider}/`, pathNot: '^src/providers/$1/' },
    },
    {
      name: 'only-the-composition-root-imports-adapters',
      severity: 'error',
      from: {
        pathNot: [
          adapters,
          '^src/providers/many-tokens/',
          '^src/(relay\\.ts|compose/|cli/|store/queue/)',
          '^test/',
          '\\.test\\.ts$',
        ],
      },
      to: { path: adapters, pathNot: '^src/transport/port\\.ts$' },
    },
    {
      name: 'only-main-and-cli-import-the-composition-root',
      severity: 'error',
      from: { pathNot: ['^src/(main\\.ts|cli/|compose/|relay\\.ts)', '\\.test\\.ts$'] },
      to: { path: '^src/(relay\\.ts|compose/)' },
    },
    {
      name: 'no-dev-dependency-in-src',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$|^src/dashboard/page/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    {
      name: 'the-page-runs-in-the-browser',
      comment: 'src/dashboard/page and the relay know each other by HTTP alone',
      severity: 'error',
      from: { path: '^src/dashboard/page/' },
      to: { path: '^src/', pathNot: '^src/dashboard/page/' },
    },
    {
      name: 'nobody-imports-the-page',
      severity: 'error',
      from: { pathNot: '^src/dashboard/page/' },
      to: { path: '^src/dashboard/page/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
};
