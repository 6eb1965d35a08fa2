/**
 * Which databases a plan means, and whether they can be dumped as of one instant. Pure. mongodump takes the oplog only
 * along with everything that a replica set holds; anything else is each collection as it was while it was read.
 */
import { HoldfastError } from '../../core/errors.ts';
import { mongoError } from './errors.ts';
import { ownDatabases } from './server.ts';
import type { MongodbSource } from './source.ts';

export type Scope =
  | { readonly kind: 'deployment'; readonly databases: readonly string[]; readonly reason: string }
  | { readonly kind: 'databases'; readonly databases: readonly string[]; readonly reason: string };

export interface ScopeQuestion {
  readonly source: Pick<MongodbSource, 'databases' | 'exclude' | 'consistency'>;
  /** The database that the secret names. */
  readonly secretDatabase?: string;
  /** Those of the server, by name, but its own. */
  readonly present: readonly string[];
  /** Why the oplog cannot be read; undefined when it can. */
  readonly oplogObstacle?: string;
}

/** @throws HoldfastError SOURCE_MISSING_OBJECT, or INVALID_INPUT when the plan asks for the oplog in vain */
export function decideScope(question: ScopeQuestion): Scope {
  const { source, secretDatabase, present } = question;
  // In a URI that ends in /admin it says where the user was created, and not what is meant.
  const meant = secretDatabase !== undefined && ownDatabases.has(secretDatabase) ? undefined : secretDatabase;
  const wanted = source.databases ?? (meant === undefined ? 'all' : [meant]);
  const databases = wanted === 'all' ? present : [...new Set(wanted)];
  const missing = databases.filter((name) => !present.includes(name));
  if (missing.length > 0) {
    throw mongoError(
      'SOURCE_MISSING_OBJECT',
      `the server has no database ${missing.join(', ')} (databases)`,
      {
        details: { missing, present: present.slice(0, 100) },
      },
    );
  }
  if (databases.length === 0)
    throw mongoError('SOURCE_MISSING_OBJECT', 'the server has no database that the user can see');
  if (source.consistency === 'per-collection')
    return { kind: 'databases', databases, reason: 'the plan says per-collection' };
  const obstacle = obstacleOf(question, wanted === 'all');
  if (obstacle === undefined) {
    const reason = 'the whole replica set was dumped with its oplog: as of the end of the dump';
    return { kind: 'deployment', databases, reason };
  }
  if (source.consistency === 'oplog') {
    throw new HoldfastError('INVALID_INPUT', `consistency is oplog, but ${obstacle}`, {
      next: 'Set consistency: auto or per-collection in the plan, or mend what the message names (docs/mongodb.md).',
    });
  }
  return { kind: 'databases', databases, reason: obstacle };
}

function obstacleOf(question: ScopeQuestion, isAll: boolean): string | undefined {
  if (!isAll) return 'single databases are backed up, and mongodump takes the oplog with all of them only';
  if (question.source.exclude.collections.length > 0)
    return 'the plan excludes collections, which mongodump cannot do along with the oplog';
  return question.oplogObstacle;
}
