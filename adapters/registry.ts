/**
 * The kinds of source. What a kind does is one folder beside this file, which exports a SourceKind from its kind.ts, and
 * one entry in the list; core names none. What is around it has to be told as well: flags of the command line
 * (cli/restore-flags.ts, cli/program.ts), the recipe without Holdfast (cli/decrypt/), programs and rights in the
 * account (layers/, infra/, functions/environment.ts), and the docs. Promises: a plan that a person gives is parsed strictly by the schemas of its kinds; a driver gets
 * its own source parsed again, so that a plan which an older release stored has the defaults of today.
 */
import { z } from 'zod';
import { HoldfastError } from '../core/errors.ts';
import { parse } from '../core/parse.ts';
import { type Plan, planSchemaOf, type Source, secretFields } from '../core/plan.ts';
import type { KindOptions, SourceCategory, SourceKind } from '../core/ports/kind.ts';
import type { RecoveryDriver } from '../core/ports/recovery.ts';
import type { SourceDriver } from '../core/ports/source.ts';
import { filesKind } from './files/kind.ts';
import { mongodbKind } from './mongodb/kind.ts';
import { postgresKind } from './postgres/kind.ts';

export const kinds: readonly SourceKind[] = [postgresKind, mongodbKind, filesKind];

const kindNames = kinds.map(({ kind }) => kind).join(', ');

/** What zod wants to know of the schemas in such a union; that `kind` is a literal of each is the port's promise. */
type Discriminable = z.ZodType<Source> & z.core.$ZodTypeDiscriminable;

export const sourceSchema = z.discriminatedUnion(
  'kind',
  kinds.map(({ schema }) => schema) as unknown as [Discriminable],
  { error: `kind must be one of: ${kindNames}` },
);

/** A plan as a person writes it: unknown fields are refused, in its sources too. */
export const planSchema = planSchemaOf(sourceSchema);

/** A plan from YAML, JSON or an event, or InvalidInput naming each field that is wrong. */
export function parsePlan(value: unknown): Plan {
  return parse(planSchema, value, 'plan', secretFields);
}

/** One source, by its kind: of a plan that was stored, or that a manifest holds. */
export function parseSource(value: unknown, what = 'source'): Source {
  return parse(sourceSchema, value, what, secretFields);
}

/** Whether a source is a database or files: of the two together a backup is called `full`. */
export function categoryOf({ kind }: Pick<Source, 'kind'>): SourceCategory {
  return known(kind).category;
}

/** The driver of a source. FORMAT_UNKNOWN for a kind that this release does not have. */
export function sourceDrivers(options: KindOptions): (source: Pick<Source, 'kind'>) => SourceDriver {
  const drivers = new Map(kinds.map((kind) => [kind.kind, atTheDoor(kind, kind.driver(options))]));
  return ({ kind }) => drivers.get(kind) ?? unknownKind(kind);
}

/** The recovery of a component. FORMAT_UNKNOWN for a kind that this release does not have. */
export function recoveryDrivers(options: KindOptions): (component: Pick<Source, 'kind'>) => RecoveryDriver {
  const drivers = new Map(kinds.map((kind) => [kind.kind, kind.recovery(options)]));
  return ({ kind }) => drivers.get(kind) ?? unknownKind(kind);
}

function known(kind: string): SourceKind {
  return kinds.find((one) => one.kind === kind) ?? unknownKind(kind);
}

function unknownKind(kind: string): never {
  throw new HoldfastError(
    'FORMAT_UNKNOWN',
    `This release does not know the kind of source ${JSON.stringify(kind)}; it knows ${kindNames}`,
  );
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
