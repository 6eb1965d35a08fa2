/** One recovery point of several kinds: a database, a document database and a bucket, made, proven, restored side by side. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { BackupRow, RestoreRow, VerificationState } from '../core/ports/catalog.ts';
import type { RestoreOutcome } from '../core/ports/recovery.ts';
import type { Report } from '../core/report.ts';
import { holdfast } from './holdfast.ts';
import { runDir } from './run-dir.ts';
import { startSampleDocuments } from './sample/documents.ts';
import { mustHold, type Steps } from './steps.ts';

export const uploadsBucket = 'holdfast-sample-uploads';
const planId = 'sample-full';
const documentsSecret = 'holdfast/sources/sample-documents';

/** Before the stack is deployed: what functions may read is named then. */
export async function makeUploads(): Promise<number> {
  const client = new S3Client({ forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: uploadsBucket }));
  const files = Array.from({ length: 120 }, (_, n) => ({
    Key: n % 3 === 0 ? `invoices/2026/${String(n).padStart(4, '0')}.pdf` : `photos/${n % 10}/photo ${n}.jpg`,
    // Some are the same: what is the same is stored once.
    Body: Buffer.alloc(2000 + 700 * n, n % 5 === 0 ? 'the same ' : `upload ${n} `),
    ContentType: n % 3 === 0 ? 'application/pdf' : 'image/jpeg',
    Metadata: { customer: String(n % 17) },
  }));
  for (const file of files) await client.send(new PutObjectCommand({ Bucket: uploadsBucket, ...file }));
  client.destroy();
  return files.length;
}

export async function fullBackup(
  steps: Steps,
  given: { readonly sourceSecret: string; readonly where: string[] },
): Promise<void> {
  const sources: object[] = [
    { kind: 'postgres', name: 'shop', secret: given.sourceSecret },
    { kind: 'files', name: 'uploads', bucket: uploadsBucket },
  ];
  let hasDocuments = false;

  await steps.run('documents', 'A document database and an uploads bucket', async (say) => {
    const documents = await startSampleDocuments(say);
    if (!documents) {
      return { detail: 'no way to a MongoDB server on this machine: the two others are shown' };
    }
    hasDocuments = true;
    const client = new SecretsManagerClient({});
    await client.send(new CreateSecretCommand({ Name: documentsSecret, SecretString: documents.url }));
    client.destroy();
    sources.push({ kind: 'mongodb', name: 'carts', secret: documentsSecret });
    given.where.push(
      `Documents   ${documents.url}${documents.real ? '' : ' (a stand-in for MongoDB, in Java)'}`,
    );
    return { rows: documents.documents, detail: `${documents.documents.toLocaleString('en')} documents` };
  });

  let made: BackupRow | undefined;
  await steps.run('full', `Plan ${planId}: all of them in one recovery point`, async (say) => {
    const file = join(runDir, 'plans', `${planId}.json`);
    const plan = { id: planId, sources, schedule: { cron: '0 4 * * *', timeZone: 'UTC' } };
    await writeFile(file, JSON.stringify(plan, null, 2));
    await holdfast(['plan', 'test', '-f', file], say);
    await holdfast(['plan', 'apply', '-f', file], say);
    made = await holdfast<BackupRow>(['backup', planId, '--label', 'all together'], say);
    mustHold(made.kind === 'full', `the backup is a ${made.kind} one`);
    return { bytes: made.sourceBytes, detail: `${made.source} in ${made.backupId}` };
  });
  const { backupId } = made as unknown as BackupRow;

  await steps.run('full-verify', 'Each of them restored from it and compared', async (say) => {
    type Proof = VerificationState & { report: Report };
    const proof = await holdfast<Proof>(['verify', backupId, '--level', 'restored', '--report'], say);
    const { components, remarks } = proof.report;
    for (const { title, level, comparison } of components)
      say(`│ ${title}: ${level}, ${comparison.facts.server ?? 'compared with the evidence'}`);
    mustHold(
      proof.status === 'passed' && proof.level === 'restored',
      `verification ${proof.status} at ${proof.level}: ${remarks.join('; ')}`,
    );
    return { detail: `${components.length} of ${components.length} restored` };
  });

  await steps.run(
    'full-restore',
    'Two of them brought back beside the originals, by the label',
    async (say) => {
      const names = [...(hasDocuments ? ['carts'] : []), 'uploads'];
      for (const component of names) {
        const args = ['restore', `${planId}@all together`, '--component', component, '--yes'];
        const row = await holdfast<RestoreRow>(args, say);
        const { target, comparison } = row.result as unknown as RestoreOutcome;
        mustHold(row.status === 'completed', `the restore ${row.status}: ${row.error?.message}`);
        mustHold(
          comparison?.differences.length === 0,
          `${component} differs: ${comparison?.differences.slice(0, 3).join('; ')}`,
        );
        given.where.push(`Restored    ${target}`);
      }
      return { detail: names.join(' and ') };
    },
  );
}
