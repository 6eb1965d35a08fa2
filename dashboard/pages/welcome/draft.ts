/**
 * The plan that the guided way makes, out of what its address holds; and the commands that a person needs on the way.
 * Pure. Never holds a password: the command has a word in its place.
 */
import type { Schemas } from '../../api/use-api.ts';

export type PlanInput = Schemas['PlanInputInput'];

export const kinds = ['postgres', 'mongodb', 'files'] as const;
export type Kind = (typeof kinds)[number];
export const schedules = ['nightly', 'hourly', 'weekly'] as const;
export type Schedule = (typeof schedules)[number];
export const steps = ['source', 'test', 'when', 'backup', 'proof', 'done'] as const;
export type Step = (typeof steps)[number];

export interface Draft {
  readonly kind: Kind;
  readonly plan: string;
  readonly secret?: string | undefined;
  /** Names with commas between them. */
  readonly databases?: string | undefined;
  readonly bucket?: string | undefined;
  readonly prefix?: string | undefined;
  readonly schedule: Schedule;
  readonly zone: string;
}

const secretPrefix = 'holdfast/sources/';
const crons: Readonly<Record<Schedule, string>> = {
  nightly: '0 2 * * *',
  hourly: '0 * * * *',
  weekly: '0 2 * * 0',
};

export const isPlanId = (id: string): boolean => /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(id);

/** As `holdfast init` names it. */
export const secretOf = ({ plan, secret }: Pick<Draft, 'plan' | 'secret'>): string =>
  secret || `${secretPrefix}${plan === '' ? 'shop' : plan}`;

/** Everything that is not said is the plan's default. */
export function planOf(draft: Draft): PlanInput {
  const { kind, plan, bucket, prefix, schedule, zone } = draft;
  const databases = (draft.databases ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const source =
    kind === 'files'
      ? { kind, name: 'main', bucket: bucket ?? '', ...(prefix && { prefix }) }
      : { kind, name: 'main', secret: secretOf(draft), ...(databases.length > 0 && { databases }) };
  return { id: plan, sources: [source], schedule: { cron: crons[schedule], timeZone: zone } };
}

/** Enough to go on from the first step. */
export const isSourceSaid = ({ kind, plan, bucket }: Draft): boolean =>
  isPlanId(plan) && (kind !== 'files' || (bucket ?? '') !== '');

export interface Login {
  readonly host: string;
  readonly user: string;
}

/** Makes the secret. Fields that are not filled in have an example; the password is always the person's to put in. */
export function secretCommand(draft: Draft, { host, user }: Login): string {
  const [database] = (draft.databases ?? '').split(',');
  const dbname = database?.trim() || draft.plan || 'shop';
  const value =
    draft.kind === 'mongodb'
      ? JSON.stringify({
          host: host || 'db.example.com',
          username: user || 'holdfast_source',
          password: 'PASSWORD',
        })
      : JSON.stringify({
          ...{ engine: 'postgres', host: host || 'db.example.com', port: 5432 },
          ...{ username: user || 'holdfast_source', password: 'PASSWORD', dbname },
        });
  return `aws secretsmanager create-secret --name ${quoted(secretOf(draft))} \\\n  --secret-string ${quoted(value)}`;
}

/** The least that a source needs (docs/operations.md, docs/mongodb.md). */
export function roleCommands(kind: 'postgres' | 'mongodb', { user }: Pick<Login, 'user'>): string {
  const name = user || 'holdfast_source';
  if (kind === 'mongodb') {
    return [
      `db.getSiblingDB('admin').createUser({`,
      `  user: ${JSON.stringify(name)},`,
      '  pwd: passwordPrompt(),',
      `  roles: ['backup', 'clusterMonitor'],`,
      '})',
    ].join('\n');
  }
  const role = `"${name.replaceAll('"', '""')}"`;
  return [
    `CREATE ROLE ${role} LOGIN PASSWORD 'PASSWORD';`,
    `GRANT pg_read_all_data TO ${role};`,
    `ALTER ROLE ${role} BYPASSRLS;`,
    `ALTER ROLE ${role} SET default_transaction_read_only = on;`,
  ].join('\n');
}

export const bucketCommand = ({ bucket }: Pick<Draft, 'bucket'>): string =>
  `npm run deploy -- -c ${quoted(`holdfast.filesBuckets=${bucket || 'my-uploads'}`)}`;

/** For a POSIX shell; plain words stay plain. */
function quoted(text: string): string {
  return /^[\w./=@:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
