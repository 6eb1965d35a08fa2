/** Every committed vector: what opened in the release that made it opens forever, what must not open never does. */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readAudit } from '../../../core/audit/objects.ts';
import { openBytes } from '../../../core/format/open.ts';
import { readManifest } from '../../../core/format/sealed-document.ts';
import { loadTestKeys, loadVectors, type Vector, vectorBytes } from '../../vectors/load.ts';
import { sampleIntent, sampleOutcome } from '../../vectors/sample-audit.ts';
import { sampleManifest } from '../../vectors/sample-manifest.ts';

const keys = loadTestKeys();
const privateKeys = keys.wrapping.slice(0, 1);
const { planId, backupId, vectors } = loadVectors();

function openVector(vector: Vector): Promise<unknown> {
  const bytes = vectorBytes(vector);
  if (vector.kind === 'audit') {
    const { signers } = keys;
    return readAudit(vector.context.segment, {
      vault: { read: async () => Readable.from([bytes]) },
      ...{ privateKeys, signers },
    });
  }
  return vector.kind === 'segment'
    ? openBytes(bytes, privateKeys, vector.context)
    : readManifest({ bytes, planId, backupId, privateKeys, signers: keys.signers });
}

describe('vectors of format 1', () => {
  it('are all listed, and as they were made', () => {
    const files = readdirSync(new URL('../../vectors/sealed/', import.meta.url)).sort();
    expect(files).toEqual(vectors.map(({ name }) => `${name}.bin`).sort());
    for (const vector of vectors) {
      expect(createHash('sha256').update(vectorBytes(vector)).digest('hex'), vector.name).toBe(vector.sha256);
    }
  });

  it.each(
    vectors.filter((vector) => vector.expect === 'opens').map((vector) => [vector.name, vector] as const),
  )('%s opens', async (_, vector) => {
    const opened = await openVector(vector);
    if (vector.kind === 'audit') {
      const writer = vector.name.endsWith('cleanup') ? 'cleanup' : 'api';
      const document = vector.name.includes('outcome') ? sampleOutcome(writer) : sampleIntent(writer);
      expect(opened).toEqual({ document, sha256: vector.sha256 });
    } else if (vector.kind === 'manifest') expect(opened).toEqual(sampleManifest(planId, backupId));
    else
      expect(opened).toEqual(
        Buffer.from(Array.from({ length: vector.plainBytes ?? 0 }, (_, at) => at % 251)),
      );
  });

  it.each(
    vectors.filter((vector) => vector.expect !== 'opens').map((vector) => [vector.name, vector] as const),
  )('%s is refused', async (_, vector) => {
    await expect(openVector(vector)).rejects.toMatchObject({ name: 'HoldfastError', code: vector.expect });
  });

  it('say which keys are needed when none is at hand', async () => {
    const vector = vectors.find(({ name }) => name === 'for-another-key') as Vector;
    await expect(openVector(vector)).rejects.toMatchObject({ details: { needed: [keys.wrapping[1]?.id] } });
  });
});
