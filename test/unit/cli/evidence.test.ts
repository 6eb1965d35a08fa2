/** `drills` and `evidence`; and what becomes of a command whose sign-in is too old for it. */
import { describe, expect, it } from 'vitest';
import type { DrillRow } from '../../../core/ports/catalog.ts';
import { addBackup, harness, plan, startIso } from './fixtures.ts';

const again = () =>
  new Response(
    JSON.stringify({
      code: 'SIGN_IN_AGAIN',
      detail: 'This takes a sign-in of the last 60 minutes; that was 90 minutes ago',
      next: 'Sign in again with `holdfast login`, then repeat.',
    }),
    {
      status: 401,
      headers: {
        'content-type': 'application/problem+json',
        'www-authenticate': 'Bearer error="insufficient_user_authentication", max_age="3600"',
      },
    },
  );

describe('drills and evidence', () => {
  async function made() {
    const h = harness();
    await h.catalog.putPlan({ ...plan, targets: { recoveryTimeMinutes: 1 } }, 0, 'ada', startIso);
    const { backupId, slot } = await addBackup(h);
    const drill: DrillRow = {
      ...{ planId: 'shop', backupId, slot, at: startIso, status: 'passed', level: 'restored' },
      ...{ seconds: 75, counted: { tables: 14, rows: 1200 }, differences: 0, detail: '' },
    };
    await h.catalog.saveDrill(drill);
    const before = (minutes: number) => new Date(Date.parse(startIso) - minutes * 60_000).toISOString();
    await h.catalog.saveDrill({ ...drill, at: before(60), level: 'readable' });
    await h.catalog.saveDrill({ ...drill, at: before(120), status: 'failed', detail: 'table a: 3 rows' });
    return { h, drill };
  }

  it('show what each drill compared, how long it took, and which proved no restore', async () => {
    const { h, drill } = await made();
    const { stdout } = await h.run('drills', 'shop');
    const lines = stdout.trim().split('\n').slice(1);
    expect(lines[0]).toMatch(/passed +1 min 15 s +14 tables, 1200 rows/);
    expect(lines[1]).toContain('readable only');
    expect(lines[2]).toMatch(/failed .* table a: 3 rows/);
    const failed = (await h.run('--json', 'drills', '--result', 'failed')).json() as DrillRow[];
    expect(failed.map(({ backupId }) => backupId)).toEqual([drill.backupId]);
    expect((await h.run('drills', '--result', 'lost')).code).toBe(2);
  });

  it('say of a period what was made and what proves it', async () => {
    const { h } = await made();
    const { stdout } = await h.run('evidence', '--from', '7d');
    expect(stdout).toMatch(/Drills: +3/);
    expect(stdout).toMatch(/PLAN .* LONGEST GAP .* DRILLS +LAST PROVEN/);
    const json = (await h.run('--json', 'evidence', 'shop', '--from', '7d')).json() as { plans: unknown[] };
    expect(json.plans).toHaveLength(1);
    expect((await h.run('evidence', '--from', '500d')).code).toBe(2);
  });
});

describe('a sign-in that is too old', () => {
  const args = ['download', '20261121T020000Z-3f9a1c22', '--to', '/nowhere/at-all'] as const;

  it('is said with what to do, also when a refresh gave another token: that is as old', async () => {
    const used: string[] = [];
    const { code, stderr } = await harness({
      fetch: async (request) => {
        used.push(request.headers.get('authorization') ?? '');
        return again();
      },
      tokens: { current: async () => 'one', renewed: async () => 'two' },
    }).run(...args);
    expect([code, used]).toEqual([8, ['Bearer one', 'Bearer two']]);
    expect(stderr).toContain('This takes a sign-in of the last 60 minutes; that was 90 minutes ago');
    expect(stderr).toContain('Code:           SIGN_IN_AGAIN');
    expect(stderr).toContain('Sign in again with `holdfast login`, then repeat.');
  });

  it('is none on the local AWS, where the command signs in anew by itself', async () => {
    const { code } = await harness({
      fetch: async (request) =>
        request.headers.get('authorization') === 'Bearer anew' ? Response.json({ items: [] }) : again(),
      tokens: { current: async () => 'old', renewed: async () => 'anew' },
    }).run('list');
    expect(code).toBe(0);
  });
});
