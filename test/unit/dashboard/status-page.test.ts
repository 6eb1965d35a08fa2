/** The public status page: what it says in each case, in both languages. */
import { describe, expect, test } from 'vitest';
import { languageOf, readStatus, viewOf } from '../../../dashboard/status/view.ts';
import { statusWords } from '../../../dashboard/text/status.ts';

const now = new Date('2026-11-21T10:00:00Z');
const status = readStatus({
  ...{ at: '2026-11-21T10:00:00Z', state: 'well', checkedAt: '2026-11-21T09:40:00Z' },
  ...{ since: '2026-11-02T10:00:00Z', lastBackupAt: '2026-11-21T02:04:00Z' },
});

describe('the public status page', () => {
  test('says the state in words, with its times', () => {
    const view = viewOf({ kind: 'known', status, at: now }, 'en', now);
    expect(view).toMatchObject({ tone: 'well', headline: 'All is well', signIn: true });
    expect(view.facts.map(({ name }) => name)).toEqual(['So since', 'Last good backup', 'Last looked at']);
    expect(view.facts[2]?.text).toMatch(/^20 minutes ago \(.*2026/);
  });

  test('takes what it does not know for unknown, and a time that is none for no time', () => {
    expect(readStatus({ state: 'splendid', since: 'yesterday' })).toEqual({ state: 'unknown' });
    expect(readStatus(null)).toEqual({ state: 'unknown' });
  });

  test('where it is not public it says so, and leads to the sign-in', () => {
    const view = viewOf({ kind: 'not-public' }, 'de', now);
    expect(view).toMatchObject({ headline: 'Der Stand ist hier nicht öffentlich', signIn: true, facts: [] });
  });

  test('without an answer it shows what was known, and says that it is old', () => {
    const before = { status, at: new Date('2026-11-21T09:58:00Z') };
    const view = viewOf({ kind: 'unreachable', before }, 'en', now);
    expect(view.headline).toBe('All is well');
    expect(view.foot).toContain('could not be asked again');
    expect(viewOf({ kind: 'unreachable' }, 'en', now).headline).toBe(statusWords.en.unreachable[0]);
  });

  test('speaks the first language of the browser that it knows, else English', () => {
    expect(languageOf(['fr-FR', 'de-AT', 'en'])).toBe('de');
    expect(languageOf(['fr'])).toBe('en');
    expect(languageOf([])).toBe('en');
  });
});
