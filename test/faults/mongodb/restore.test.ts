/** What goes wrong around mongorestore: it never waits for ever for a server that is gone. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemResolver } from '../../../adapters/mongodb/address.ts';
import { restoreSegment } from '../../../adapters/mongodb/restore-run.ts';
import { comeByThemselves, othersWrote } from '../../../adapters/mongodb/restore-undo.ts';
import type { Segment } from '../../../core/manifest.ts';
import { bson, handMadeArchive } from '../../support/mongo-archive.ts';
import { failureOf } from '../../support/mongo-source.ts';

let binDir: string;
beforeAll(async () => {
  binDir = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
});
afterAll(() => rm(binDir, { recursive: true, force: true }));

/** A program in the place of mongorestore, and a server that answers as often as it is said. */
async function run(script: string, answers: number) {
  await writeFile(join(binDir, 'mongorestore'), `#!/bin/bash\n${script}\n`);
  await chmod(join(binDir, 'mongorestore'), 0o755);
  const documents = Array.from({ length: 200 }, (_, n) => bson({ n, text: 'x'.repeat(5000) }));
  const archive = handMadeArchive([{ db: 'shop', collection: 'orders', documents }]);
  let asked = 0;
  const written = restoreSegment({
    connection: {
      ...{
        uri: 'mongodb://127.0.0.1:1/?tls=false',
        hosts: [],
        tls: false,
        direct: true,
        secrets: ['hidden'],
      },
      ...{ serverSelectionSeconds: 0.1, rules: { allowLoopback: true, resolver: systemResolver } },
    },
    segment: { name: 'rest', encoding: 'mongo-archive' } as Segment,
    ...{ tools: { binDir }, args: [], open: () => Readable.from([archive]) },
    context: { signal: new AbortController().signal, onProgress() {} },
    requireServer: async () => {
      asked += 1;
      if (asked > answers) throw new Error('no answer for hidden');
    },
  });
  return { written, asked: () => asked };
}

const done = `echo '200 document(s) restored successfully. 0 document(s) failed to restore.' >&2`;

describe('mongorestore', () => {
  it.each([
    ['takes no input', "trap '' TERM; sleep 60"],
    ['has taken its input and does not end', "trap '' TERM; cat >/dev/null; sleep 60"],
  ])('that %s is ended when the server is gone', async (_what, script) => {
    const { written } = await run(script, 1);
    const error = await failureOf(written);
    expect([error.code, error.message]).toEqual([
      'SOURCE_LOST',
      expect.stringContaining('the server is gone'),
    ]);
    expect(error.message).not.toContain('hidden');
  });

  it('may take its time while the server answers, as for a large index', async () => {
    const { written, asked } = await run(`cat >/dev/null; sleep 0.8; ${done}`, 1000);
    expect(await written).toBe(200);
    expect(asked()).toBeGreaterThan(2);
  });
});

it('stored functions are somebody’s, what a server makes for views is not', () => {
  expect(['system.js', 'system.views', 'orders'].filter((name) => comeByThemselves.has(name))).toEqual([
    'system.views',
  ]);
});

it('a document that was in an empty database already is told from any other refusal', () => {
  const said = (text: string) => othersWrote(new Error(text), 'shop');
  expect(said('E11000 duplicate key error collection: shop.orders index: _id_ dup key: { _id: 1 }')).toBe(
    true,
  );
  expect(said('E11000 duplicate key error collection: shop.orders index: by-n dup key: { n: 1 }')).toBe(
    false,
  );
  expect(said('E11000 duplicate key error collection: other.orders index: _id_ dup key: { _id: 1 }')).toBe(
    false,
  );
});
