/**
 * What the kinds of source are, without what they do (adapters/registry.ts): for who takes plans and orders and never
 * reaches a source, such as the API. Promises: a plan that a person gives is parsed strictly by the schemas of its
 * kinds, and nothing here loads a driver.
 */
import { z } from 'zod';
import { HoldfastError } from '../core/errors.ts';
import { parse } from '../core/parse.ts';
import { type Plan, planSchemaOf, type Source, secretFields } from '../core/plan.ts';
import type { KindFacts, SourceCategory } from '../core/ports/kind.ts';
import type { RestoreFacts } from '../core/ports/recovery.ts';
import { filesFacts } from './files/kind-facts.ts';
import { mongodbFacts } from './mongodb/kind-facts.ts';
import { postgresFacts } from './postgres/kind-facts.ts';

export const kinds: readonly KindFacts[] = [postgresFacts, mongodbFacts, filesFacts];

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

/** What can be told of restoring a source. FORMAT_UNKNOWN for a kind that this release does not have. */
export function restoreFactsOf({ kind }: Pick<Source, 'kind'>): RestoreFacts {
  return known(kind).restore;
}

function known(kind: string): KindFacts {
  return kinds.find((one) => one.kind === kind) ?? unknownKind(kind);
}

/** Throws FORMAT_UNKNOWN, naming the kinds that there are. */
export function unknownKind(kind: string): never {
  throw new HoldfastError(
    'FORMAT_UNKNOWN',
    `This release does not know the kind of source ${JSON.stringify(kind)}; it knows ${kindNames}`,
  );
}
