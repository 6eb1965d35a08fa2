/** KMS keys on the command line: tried before they are added, and used with the caller's own rights. */
import { kmsKey } from '../../adapters/kms/keyring.ts';
import { HoldfastError, InvalidInput } from '../../core/errors.ts';
import { reportContext } from '../../core/format/context.ts';
import { openBytes } from '../../core/format/open.ts';
import { sealBytes } from '../../core/format/seal.ts';
import { kmsKeyArnSchema, type PublicKeysDocument } from '../../core/keys/documents.ts';
import { generateWrappingKey, kmsKeyId, publicPem } from '../../core/keys/generate.ts';
import type { RemoteKey } from '../../core/ports/keys.ts';

/** Seals for the key and opens with it again: INVALID_INPUT, ACCESS_DENIED, KEY_INVALID. */
export async function tryKmsKey(kmsKeyArn: string, now: Date): Promise<void> {
  const key = kmsKeyOf(kmsKeyArn);
  const own = await generateWrappingKey(now);
  const recipients = [{ id: own.id, publicKeyPem: publicPem(own.privateKeyPem) }, key];
  const context = reportContext('probe', '20000101T000000Z-00000000', 'probe');
  const sealed = await sealBytes(Buffer.from('probe'), recipients, context);
  await openBytes(sealed, [key], context);
}

/** The KMS keys of the ring; KEY_MISSING when it has none. */
export function kmsKeysOf({ kms = [] }: PublicKeysDocument): readonly RemoteKey[] {
  if (kms.length > 0) return kms.map((key) => kmsKey(key));
  throw new HoldfastError('KEY_MISSING', 'the ring has no KMS key', {
    next: 'Add one with `holdfast keys add-recovery --kms ARN`.',
  });
}

export function kmsKeyOf(kmsKeyArn: string): RemoteKey {
  const parsed = kmsKeyArnSchema.safeParse(kmsKeyArn);
  if (parsed.success) return kmsKey({ id: kmsKeyId(kmsKeyArn), kmsKeyArn });
  const allowed = parsed.error.issues[0]?.message ?? 'an ARN';
  throw new InvalidInput('command line', [
    { field: '--kms', value: JSON.stringify(kmsKeyArn).slice(0, 100), allowed },
  ]);
}
