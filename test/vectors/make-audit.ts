/**
 * Adds the vectors of audit entries to those of make.ts, which came before them (`node test/vectors/make-audit.ts`, once):
 * what was released is never made anew.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { Intent, Outcome } from '../../core/audit/document.ts';
import { contextOfKey } from '../../core/format/context.ts';
import { sign, unsigned } from '../../core/format/envelope.ts';
import { type AuditWriter, auditKey } from '../../core/format/layout.ts';
import { sealBytes } from '../../core/format/seal.ts';
import { loadTestKeys, loadVectors, type Vector } from './load.ts';
import { sampleIntent, sampleOutcome } from './sample-audit.ts';

const { recipients, signing } = loadTestKeys();
const index = loadVectors();
const others = index.vectors.filter(({ kind }) => kind !== 'audit');
if (others.length < index.vectors.length) throw new Error('they are there already');

const json = (document: Intent | Outcome) => Buffer.from(JSON.stringify(document));
const byOperator = (document: Intent | Outcome) => sign('audit of operator', json(document), signing.operator);
const made: Vector[] = [
  await vector('audit-intent', sampleIntent('api'), byOperator, 'opens'),
  await vector('audit-outcome', sampleOutcome('api'), byOperator, 'opens'),
  await vector('audit-unsigned-of-cleanup', sampleIntent('cleanup'), (each) => unsigned('audit of operator', json(each)), 'opens'),
  await vector('audit-unsigned-of-api', sampleIntent('api'), (each) => unsigned('audit of operator', json(each)), 'INTEGRITY_SIGNATURE'),
  await vector('audit-of-api-by-verify', sampleIntent('api'), (each) => sign('audit of verify', json(each), signing.verify), 'INTEGRITY_SIGNATURE'),
  // Signed rightly, for another place: the API's word below the prefix of the command line, which has the same key.
  await vector('audit-of-api-below-cli', sampleIntent('api'), byOperator, 'INTEGRITY_SIGNATURE', 'cli'),
];
writeFileSync(
  new URL('index.json', import.meta.url),
  `${JSON.stringify({ ...index, vectors: [...others, ...made] }, undefined, 2)}\n`,
);
console.log(`${made.length} vectors of audit entries`);

async function vector(
  name: string,
  document: Intent | Outcome,
  envelope: (document: Intent | Outcome) => Buffer,
  expect: Vector['expect'],
  writer: AuditWriter = document.writer,
): Promise<Vector> {
  const context = contextOfKey(auditKey(writer, document.at, document.id, document.part));
  const bytes = await sealBytes(envelope(document), recipients.slice(0, 1), context);
  writeFileSync(new URL(`sealed/${name}.bin`, import.meta.url), bytes);
  return {
    name,
    kind: 'audit',
    expect,
    context,
    lengthBytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}
