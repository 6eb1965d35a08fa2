/** What MongoDB is as a kind of source, without what it does: for adapters/kinds.ts. */
import type { Component } from '../../core/manifest.ts';
import type { KindFacts } from '../../core/ports/kind.ts';
import { mongodbFactsSchema } from './model.ts';
import { beforehand, destroys, protects } from './restore-destroys.ts';
import {
  describeTarget,
  type MongodbRestoreOptions,
  type MongodbRestoreRequest,
  mongodbRestoreOptions,
  restoreTarget,
} from './restore-options.ts';
import { type MongodbSource, mongodbSourceSchema } from './source.ts';

export const mongodbFacts: KindFacts<MongodbSource, MongodbRestoreOptions> = {
  kind: 'mongodb',
  category: 'database',
  schema: mongodbSourceSchema,
  restore: { restoreOptions: mongodbRestoreOptions, describeTarget: whither, destroys, protects },
};

/** By the facts where they are known; before that by what the source says of its databases. */
function whither(
  component: Pick<Component, 'title'> & { readonly facts?: unknown },
  source: MongodbSource,
  request: MongodbRestoreRequest,
): string {
  const facts = mongodbFactsSchema.safeParse(component.facts);
  return facts.success ? describeTarget(restoreTarget(facts.data, request)) : beforehand(source, request);
}
