/**
 * The kinds of source. What a kind does is one folder beside this file, which exports a SourceKind from its kind.ts, and
 * one entry in the list here and in kinds.ts; core names none. What is around it has to be told as well: flags of the command line
 * (cli/restore-flags.ts, cli/program.ts), the recipe without Holdfast (cli/decrypt/), programs and rights in the
 * account (layers/, infra/, functions/environment.ts), and the docs. Promises: a plan that a person gives is parsed strictly by the schemas of its kinds; a driver gets
 * its own source parsed again, so that a plan which an older release stored has the defaults of today.
 */
import { parse } from '../core/parse.ts';
import { type Source, secretFields } from '../core/plan.ts';
import type { KindOptions, SourceKind } from '../core/ports/kind.ts';
import type { RecoveryDriver } from '../core/ports/recovery.ts';
import type { SourceDriver } from '../core/ports/source.ts';
import { filesKind } from './files/kind.ts';
import { unknownKind } from './kinds.ts';
import { mongodbKind } from './mongodb/kind.ts';
import { postgresKind } from './postgres/kind.ts';

export const sourceKinds: readonly SourceKind[] = [postgresKind, mongodbKind, filesKind];

/** The driver of a source. FORMAT_UNKNOWN for a kind that this release does not have. */
export function sourceDrivers(options: KindOptions): (source: Pick<Source, 'kind'>) => SourceDriver {
  const drivers = new Map(sourceKinds.map((kind) => [kind.kind, atTheDoor(kind, kind.driver(options))]));
  return ({ kind }) => drivers.get(kind) ?? unknownKind(kind);
}

/** The recovery of a component. FORMAT_UNKNOWN for a kind that this release does not have. */
export function recoveryDrivers(options: KindOptions): (component: Pick<Source, 'kind'>) => RecoveryDriver {
  const drivers = new Map(sourceKinds.map((kind) => [kind.kind, kind.recovery(options)]));
  return ({ kind }) => drivers.get(kind) ?? unknownKind(kind);
}

function atTheDoor({ schema }: SourceKind, driver: SourceDriver): SourceDriver {
  const own = (source: Source) => parse(schema, source, `source ${source.name}`, secretFields);
  const { basis } = driver;
  return {
    leases: (source) => driver.leases(own(source)),
    ...(basis ? { basis: (source) => basis.call(driver, own(source)) } : {}),
    targets: async (source, context) => driver.targets(own(source), context),
    open: async (source, target, context) => driver.open(own(source), target, context),
    test: async (source, context) => driver.test(own(source), context),
  };
}
