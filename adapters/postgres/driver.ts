/** PostgreSQL as a source: which databases a plan means, opening one of them, and `plan test`. */

import type { ComponentTarget, SourceContext, SourceDriver } from '../../core/ports/source.ts';
import type { Lookup } from './address.ts';
import { checkSource } from './checks.ts';
import { type ConnectionSettings, type IamRequest, resolveConnection } from './connection.ts';
import { databasesOf } from './databases.ts';
import type { ProgramsOptions } from './programs.ts';
import { parseSecret } from './secret.ts';
import { openSession } from './session.ts';
import type { PostgresSource } from './source.ts';

export interface PostgresDriverOptions {
  /** Sources on loopback: for the local mode only. */
  readonly allowLoopback: boolean;
  /** Where the programs are; default: the environment (programs.ts). */
  readonly tools?: ProgramsOptions;
  /** Replaces the system's resolver, for tests. */
  readonly lookup?: Lookup;
  /** Replaces the RDS signer, for tests. */
  readonly iamToken?: (request: IamRequest) => Promise<string>;
}

export function postgresDriver(options: PostgresDriverOptions): SourceDriver<PostgresSource> {
  const tools = options.tools ?? {};
  const reach = async (
    source: PostgresSource,
    context: SourceContext,
    database?: string,
  ): Promise<ConnectionSettings> =>
    resolveConnection(parseSecret(await context.secrets.get(source.secret)), {
      allowLoopback: options.allowLoopback,
      auth: source.auth,
      ...(options.lookup ? { lookup: options.lookup } : {}),
      ...(options.iamToken ? { iamToken: options.iamToken } : {}),
      ...(source.tls ? { tls: source.tls } : {}),
      ...(database === undefined ? {} : { database }),
    });
  return {
    /** One dump at a time on a server: databases have few connections. */
    leases: ({ secret }) => [`source:${secret}`],
    async targets(source, context) {
      return toTargets(source, await databasesOf(source, await reach(source, context), context.signal));
    },
    async open(source, target, context) {
      const settings = await reach(source, context, target.title);
      return openSession({
        source,
        target,
        context,
        settings,
        tools,
        globals: target.component === source.name,
      });
    },
    test: (source, context) =>
      checkSource(source, {
        tools,
        reach: (database) => reach(source, context, database),
        signal: context.signal,
      }),
  };
}

/** `shop`, `shop-02`, `shop-03`: the first one also carries the roles of the server. */
function toTargets(source: PostgresSource, databases: readonly string[]): readonly ComponentTarget[] {
  return databases.map((title, index) => ({
    component: index === 0 ? source.name : `${source.name}-${String(index + 1).padStart(2, '0')}`,
    title,
  }));
}
