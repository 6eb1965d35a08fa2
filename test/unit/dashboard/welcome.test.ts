/** The guided way: the plan that its address comes to, the commands that it shows, and what it makes of results. */
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { parsePlan } from '../../../adapters/kinds.ts';
import {
  bucketCommand,
  type Draft,
  isSourceSaid,
  kinds,
  planOf,
  roleCommands,
  schedules,
  secretCommand,
} from '../../../dashboard/pages/welcome/draft.ts';
import { outcomeOf } from '../../../dashboard/pages/welcome/outcome.ts';
import { testResultOf } from '../../../dashboard/pages/welcome/test-result.ts';

const draft = (change: Partial<Draft> = {}): Draft => ({
  ...{ kind: 'postgres', plan: 'shop', schedule: 'nightly', zone: 'Europe/Berlin' },
  ...change,
});

describe('the plan', () => {
  test.each(kinds.flatMap((kind) => schedules.map((schedule) => [kind, schedule] as const)))(
    'of %s, %s, is one that the API takes',
    (kind, schedule) => {
      const plan = parsePlan(
        planOf(draft({ kind, schedule, bucket: 'shop-uploads', databases: 'shop, other' })),
      );
      expect(plan).toMatchObject({ id: 'shop', schedule: { timeZone: 'Europe/Berlin' } });
      expect(plan.sources).toHaveLength(1);
    },
  );

  test('names the secret that holdfast init would name, unless another one is said', () => {
    expect(planOf(draft()).sources[0]).toMatchObject({ secret: 'holdfast/sources/shop' });
    expect(planOf(draft({ secret: 'x/y' })).sources[0]).toMatchObject({ secret: 'x/y' });
    expect(planOf(draft({ databases: ' , ' })).sources[0]).not.toHaveProperty('databases');
  });

  test('needs an id, and a bucket where it is of files', () => {
    expect(isSourceSaid(draft())).toBe(true);
    expect(isSourceSaid(draft({ plan: '-shop' }))).toBe(false);
    expect(isSourceSaid(draft({ kind: 'files' }))).toBe(false);
    expect(isSourceSaid(draft({ kind: 'files', bucket: 'b' }))).toBe(true);
  });
});

/** The arguments that a shell would hand on. */
function argumentsOf(command: string): readonly string[] {
  const [program = '', ...rest] = command.split(' ');
  const script = `${program}() { printf '%s\\0' "$@"; }; ${program} ${rest.join(' ')}`;
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

describe('commands', () => {
  test('the secret’s arrives as the JSON that a source takes, whatever was typed', () => {
    const login = { host: "db'; touch /tmp/x; '.example", user: 'o"hara' };
    const [, create, , name, , value = ''] = argumentsOf(secretCommand(draft({ databases: "it's" }), login));
    expect([create, name]).toEqual(['create-secret', 'holdfast/sources/shop']);
    expect(JSON.parse(value)).toEqual({
      ...{ engine: 'postgres', host: login.host, port: 5432 },
      ...{ username: login.user, password: 'PASSWORD', dbname: "it's" },
    });
  });

  test('of MongoDB has no engine, and of files there is one that lets the stack read the bucket', () => {
    const values = argumentsOf(secretCommand(draft({ kind: 'mongodb' }), { host: '', user: '' }));
    expect(JSON.parse(values.at(-1) ?? '')).not.toHaveProperty('engine');
    expect(argumentsOf(bucketCommand({ bucket: 'a b' })).at(-1)).toBe('holdfast.filesBuckets=a b');
  });

  test('the role’s quotes its name', () => {
    expect(roleCommands('postgres', { user: 'a"b' })).toContain('CREATE ROLE "a""b" LOGIN');
    expect(roleCommands('mongodb', { user: "x'" })).toContain(`user: "x'"`);
  });
});

describe('what a connection test found', () => {
  test('is shown by source, and the stack’s own last', () => {
    const found = testResultOf({
      ok: false,
      sources: [
        { source: 'main', checks: [{ name: 'reach', ok: false, detail: 'no answer', next: 'Open it.' }] },
      ],
      checks: [{ name: 'vault', ok: true, detail: 'written and read back' }],
    });
    expect(found?.groups.map(({ source, checks }) => [source, checks.length])).toEqual([
      ['main', 1],
      [undefined, 1],
    ]);
    expect(found?.groups[0]?.checks[0]?.next).toBe('Open it.');
  });

  test('of another form is nothing, and never a success', () => {
    expect(testResultOf({ groups: [] })).toBeUndefined();
    expect(testResultOf('ok')).toBeUndefined();
    expect(
      testResultOf({ ok: true, sources: [{ source: 'a', checks: [{ name: 'x' }] }] })?.groups[0]?.checks[0]
        ?.ok,
    ).toBe(false);
  });
});

describe('what came of proving it', () => {
  const verification = {
    status: 'passed',
    level: 'readable',
    verifiedAt: '2026-11-21T03:00:00Z',
    detail: 'd',
  } as const;
  const completed = { createdAt: '2026-11-21T02:59:00Z' };

  test('what was found before the drill began is not what came of it', () => {
    const later = { createdAt: '2026-11-21T03:00:01Z' };
    expect(outcomeOf(verification, later)).toBeUndefined();
  });

  test('proven is what was restored, and nothing less', () => {
    expect(outcomeOf(verification, completed)?.kind).toBe('readable');
    expect(outcomeOf({ ...verification, provenAt: '2026-11-21T03:00:00Z' }, completed)?.kind).toBe('passed');
  });

  test('a verification that failed is a failure even if it was proven before', () => {
    const failed = { ...verification, status: 'failed', provenAt: '2026-11-20T03:00:00Z' } as const;
    expect(outcomeOf(failed, undefined)?.kind).toBe('failed');
  });

  test('a task that failed says why, and nothing about the backup', () => {
    const error = { code: 'X', message: 'no scratch server', next: 'Set one up.' };
    expect(outcomeOf(undefined, { ...completed, error })).toEqual({
      ...{ kind: 'error', why: 'no scratch server', next: 'Set one up.' },
    });
  });

  test('before anybody asked there is nothing to say', () => {
    expect(outcomeOf(verification, undefined)).toBeUndefined();
    expect(outcomeOf(undefined, undefined)).toBeUndefined();
  });
});
