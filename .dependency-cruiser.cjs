/** The layering of the design, checked by `npm test`: core knows nobody, nobody knows functions. */
module.exports = {
  forbidden: [
    {
      name: 'core-is-pure',
      comment: 'core/ imports itself, Node and pure libraries only.',
      severity: 'error',
      from: { path: '^core/' },
      to: {
        pathNot: ['^core/', '^node_modules/(zod|croner|asn1js|@aws-crypto)/'],
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'core-has-no-network-or-disk',
      comment: 'Effects go through ports: core may hash, encrypt and stream, nothing else of Node.',
      severity: 'error',
      from: { path: '^core/' },
      to: {
        dependencyTypes: ['core'],
        pathNot: '^(node:)?(crypto|stream|stream/promises|buffer|events|timers/promises|util)$',
      },
    },
    {
      name: 'adapters-know-core-only',
      severity: 'error',
      from: { path: '^adapters/' },
      to: { path: '^(functions|infra|cli|api|dashboard|local|test|bench|layers)/' },
    },
    {
      name: 'layers-know-no-product',
      comment: 'What is deployed is built without what only this machine has.',
      severity: 'error',
      from: { path: '^layers/' },
      to: { path: '^(functions|infra|cli|local|test|bench|core|adapters)/' },
    },
    {
      name: 'api-speaks-to-core',
      comment:
        'The API gets everything else as ports (api/deps.ts), but for the facts of kinds, which load no driver.',
      severity: 'error',
      from: { path: '^api/' },
      to: {
        pathNot: [
          '^(api|core)/',
          '^adapters/kinds\\.ts$',
          '^node_modules/(hono|@hono/zod-openapi|zod|jose|ipaddr\\.js|openapi-typescript)/',
          '^package\\.json$',
          '^node_modules/openapi-typescript/',
        ],
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'dashboard-speaks-the-public-api',
      comment: 'The console knows the API by its types alone, and nothing else of the product.',
      severity: 'error',
      from: { path: '^dashboard/' },
      to: {
        pathNot: ['^dashboard/', '^node_modules/', '^api/schema\\.ts$'],
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'nobody-imports-the-dashboard',
      severity: 'error',
      from: { pathNot: '^(dashboard|test)/' },
      to: { path: '^dashboard/' },
    },
    {
      name: 'nobody-imports-functions',
      comment: 'Functions are the outermost edge; only tests may look at them.',
      severity: 'error',
      from: { pathNot: '^(functions|test|bench)/' },
      to: { path: '^functions/' },
    },
    {
      name: 'product-does-not-import-tests',
      severity: 'error',
      from: { pathNot: '^(test|bench|local)/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'declared',
      comment: 'What is imported is in package.json.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['unknown', 'undetermined', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
