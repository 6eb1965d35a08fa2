/** MongoDB as a source: which components a plan means, opening one of them, and `plan test`. */
import type { KindOptions } from '../../core/ports/kind.ts';
import type { SourceContext, SourceDriver } from '../../core/ports/source.ts';
import { type Resolver, systemResolver } from './address.ts';
import { checkSource } from './checks.ts';
import { closeQuietly, type MongoConnection, resolveConnection } from './connection.ts';
import type { ToolsOptions } from './programs.ts';
import { deploymentTitle, reach } from './reach.ts';
import { parseMongoSecret } from './secret.ts';
import { openSession } from './session.ts';
import type { MongodbSource } from './source.ts';

export interface MongodbDriverOptions extends KindOptions {
  /** Where the tools are; default: the environment (programs.ts). */
  readonly tools?: ToolsOptions;
  /** Replaces the system's, for tests. */
  readonly resolver?: Resolver;
}

export function mongodbDriver(options: MongodbDriverOptions): SourceDriver<MongodbSource> {
  const tools = options.tools ?? {};
  const rules = { allowLoopback: options.allowLoopback, resolver: options.resolver ?? systemResolver };
  const resolve = async (source: MongodbSource, context: SourceContext): Promise<MongoConnection> =>
    resolveConnection(parseMongoSecret(await context.secrets.get(source.secret)), rules, source);
  return {
    leases: (source) => [`source:${source.secret}`],
    async targets(source, context) {
      const { client, scope, server } = await reach(source, await resolve(source, context), context.signal);
      await closeQuietly(client);
      const titles = scope.kind === 'deployment' ? [deploymentTitle(server)] : scope.databases;
      return titles.map((title, index) => ({ component: componentName(source.name, index), title }));
    },
    async open(source, target, context) {
      return openSession({ source, target, context, connection: await resolve(source, context), tools });
    },
    test: (source, context) =>
      checkSource(source, { tools, resolve: () => resolve(source, context), signal: context.signal }),
  };
}

/** `shop`, `shop-02`, `shop-03`. */
function componentName(source: string, index: number): string {
  return index === 0 ? source : `${source}-${String(index + 1).padStart(2, '0')}`;
}
