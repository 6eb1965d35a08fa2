/** The typed client: what it repeats, what it gives up, and how a refusal reads. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generatedSchema, schemaFile } from '../../../api/generate.ts';
import { addressOf, givenAddress } from '../../../cli/api/address.ts';
import { foundBy } from '../../../cli/api/open.ts';
import { parseStackOutputs } from '../../../cli/stack.ts';
import { addBackup, harness, plan, stackOutputs, startIso } from './fixtures.ts';

const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify({ code, detail: `it is ${code}`, next: 'Do this.' }), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });
const page = () => Response.json({ items: [] });

/** Answers in this order; the last one for ever. */
function answering(...answers: readonly (() => Response)[]) {
  const requests: Request[] = [];
  const fetch = async (request: Request) => {
    requests.push(request.clone());
    return (answers[Math.min(requests.length, answers.length) - 1] as () => Response)();
  };
  return { requests, fetch };
}

it('is generated from the document as it is now (npm run generate:client)', async () => {
  expect(readFileSync(schemaFile, 'utf8')).toBe(await generatedSchema());
});

describe('a call', () => {
  it('carries the token, the correlation id of this run, and for a POST one key for all its repetitions', async () => {
    const world = answering(
      () => problem(503, 'CATALOG_UNAVAILABLE'),
      () => problem(503, 'CATALOG_UNAVAILABLE'),
    );
    await harness({ fetch: world.fetch }).run('backup', 'shop', '--no-wait');
    const keys = new Set(world.requests.map(({ headers }) => headers.get('idempotency-key')));
    expect(world.requests).toHaveLength(4);
    expect(keys.size).toBe(1);
    expect([...keys][0]).toMatch(/^cli-[0-9a-f-]{36}$/);
    expect(world.requests[0]?.headers.get('authorization')).toBe('Bearer a-token');
    expect(world.requests[0]?.headers.get('x-correlation-id')).toBe('cli-test');
  });

  it('that is too often waits as long as it is told, and says so', async () => {
    const world = answering(() => problem(429, 'RATE_LIMITED', { 'retry-after': '7' }), page);
    const h = harness({ fetch: world.fetch });
    const ran = await h.run('list');
    expect([ran.code, world.requests.length]).toEqual([0, 2]);
    expect(h.clock.now().getTime() - Date.parse(startIso)).toBe(7000);
    expect(ran.stderr).toContain('wait for 7 s');
  });

  it('ends when it is told to wait for longer than a person would', async () => {
    const world = answering(() => problem(429, 'RATE_LIMITED', { 'retry-after': '900' }));
    const ran = await harness({ fetch: world.fetch }).run('list');
    expect([ran.code, world.requests.length]).toEqual([4, 1]);
    expect(ran.stderr).toContain('it is RATE_LIMITED');
    expect(ran.stderr).toContain('Do this.');
  });

  it('with a token that is refused takes another one, once', async () => {
    const world = answering(() => problem(401, 'UNAUTHENTICATED'), page);
    const tokens = { current: async () => 'old', renewed: async () => 'new' };
    expect((await harness({ fetch: world.fetch, tokens }).run('list')).code).toBe(0);
    expect(world.requests.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer old',
      'Bearer new',
    ]);
    const never = answering(() => problem(401, 'UNAUTHENTICATED'));
    const ran = await harness({ fetch: never.fetch, tokens }).run('list');
    expect([ran.code, never.requests.length]).toEqual([8, 2]);
  });

  it('that nobody answers is repeated a few times, and then says which address', async () => {
    let calls = 0;
    const fetch = async () => {
      calls += 1;
      throw new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') });
    };
    const ran = await harness({ fetch }).run('--json', 'list');
    expect([ran.code, calls]).toEqual([8, 4]);
    expect(ran.json()).toMatchObject({ error: { code: 'API_UNREACHABLE' } });
    expect(ran.stderr).toContain('https://api.test');
  });

  it('that changes a plan is never repeated: it might be refused for its own work', async () => {
    const h = harness();
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    let deletes = 0;
    const breaking = harness({
      fetch: async (request) => {
        if (request.method === 'GET')
          return Response.json({ plan: { id: 'shop' }, revision: 1, nextRuns: [] });
        deletes += 1;
        throw new TypeError('fetch failed');
      },
    });
    expect((await breaking.run('plan', 'delete', 'shop', '--yes')).code).toBe(8);
    expect(deletes).toBe(1);
  });

  it('that only the gateway answered is said by its status', async () => {
    const world = answering(() => new Response('{"message":"Unauthorized"}', { status: 401 }));
    const ran = await harness({ fetch: world.fetch }).run('--json', 'list');
    expect(ran.json()).toMatchObject({
      error: { code: 'UNAUTHENTICATED', next: expect.stringContaining('holdfast login') },
    });
  });
});

describe('what a stack says of its API', () => {
  const stack = (more: object) => parseStackOutputs('Holdfast', { ...stackOutputs, ...more });
  it('is its address, and who issues its tokens', () => {
    const found = foundBy(
      stack({
        ApiUrl: 'https://a.test/',
        Issuer: 'https://i.test',
        UserPoolClientId: 'c',
        SignInDomain: 'page.test',
      }),
    );
    expect(found).toEqual({
      address: 'https://a.test',
      issuer: { issuer: 'https://i.test', clientId: 'c', signInDomain: 'https://page.test' },
    });
  });
  it('is nothing where it was deployed without one: then the work is done here', () => {
    expect(foundBy(stack({ ApiUrl: 'none' }))).toBeUndefined();
    expect(foundBy(stack({}))).toBeUndefined();
  });
});

describe('which API is meant', () => {
  const saved = { current: async () => 'https://saved.test' };
  it.each([
    ['what --api says', { api: 'https://told.test/' }, 'https://told.test'],
    ['what the environment says', { env: { HOLDFAST_API: 'https://env.test' } }, 'https://env.test'],
    ['that of the last login', {}, 'https://saved.test'],
    ['none, where that was said', { api: 'none' }, 'none'],
    [
      'that of the stack that was named',
      { isStackNamed: true, env: { HOLDFAST_API: 'https://env.test' } },
      undefined,
    ],
    ['that of the stack that the environment names', { env: { HOLDFAST_STACK: 'Other' } }, undefined],
  ])('is %s', async (_, asked, address) => {
    expect(await givenAddress({ isStackNamed: false, env: {}, saved, ...asked })).toBe(address);
  });
});

describe('an address', () => {
  it.each([
    ['https://abc.example.org/', 'https://abc.example.org'],
    ['https://abc.example.org/v1', 'https://abc.example.org'],
    ['http://localhost:4566/_aws/api/', 'http://localhost:4566/_aws/api'],
  ])('%s is %s', (text, address) => {
    expect(addressOf(text)).toBe(address);
  });
  it.each(['http://abc.example.org', 'ftp://x', 'abc', 'https://u:p@abc.example.org', 'https://a.b/?x=1'])(
    '%s carries no token',
    (text) => {
      expect(() => addressOf(text)).toThrow();
    },
  );
});

describe('delete', () => {
  it('asks, and has the backup marked once somebody said yes', async () => {
    const h = harness({ interactive: true, answers: [false, true], onInvoke: () => ({}) });
    const { backupId } = await addBackup(h);
    expect((await h.run('delete', backupId)).code).toBe(4);
    expect(h.invocations).toEqual([]);
    const ran = await h.run('delete', backupId);
    expect(ran.stdout).toContain(`holdfast undelete ${backupId}`);
    expect(h.asked[0]).toContain(`Delete backup ${backupId} of plan shop`);
    expect(h.invocations).toMatchObject([{ functionName: 'f-cleanup', event: { task: 'expire', backupId } }]);
  });
  it('needs --yes where nobody can be asked, and the role admin', async () => {
    const h = harness({ onInvoke: () => ({}) });
    const { backupId } = await addBackup(h);
    expect((await h.run('delete', backupId)).code).toBe(2);
    expect((await h.run('delete', backupId, '--yes')).code).toBe(0);
    const viewer = harness({ role: 'viewer' });
    const other = await addBackup(viewer);
    expect((await viewer.run('delete', other.backupId, '--yes')).code).toBe(8);
  });
});

describe('stats, runs and audit', () => {
  it('show figures, what came of a task, and who did what', async () => {
    const h = harness({ onInvoke: () => ({ marked: 0 }) });
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    const { backupId } = await addBackup(h);
    expect((await h.run('stats', 'shop')).stdout).toMatch(/Kept: +1 backup, 954 MiB/);
    const task = (await h.run('--json', 'delete', backupId, '--yes', '--no-wait')).json() as {
      taskId: string;
    };
    expect((await h.run('runs', 'show', task.taskId)).stdout).toMatch(/Status: +completed/);
    expect((await h.run('--json', 'runs', 'start', 'backup', 'shop')).json()).toMatchObject({
      started: [{ planId: 'shop' }],
    });
    expect((await h.run('audit', 'list')).stdout).toMatch(
      /ada@example\.org +api +backup\.delete +backup\/2026/,
    );
    const lines = (await h.run('audit', 'export')).stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).action)).toContain('backup.delete');
    const verified = await h.run('audit', 'verify', '--from', '1d');
    expect(verified.stdout + verified.stderr).toContain('all is as it was written');
  });
});
