/**
 * Pins: a person says that a backup must stay, and why; or that it need not any more. Each such word is a sealed
 * object beside the backup, signed by the operator's key, so that the catalog can be rebuilt with it. The newest counts.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { asHoldfastError, HoldfastError } from './errors.ts';
import { contextOfKey } from './format/context.ts';
import { backupIdSchema, compactTime, pinKey, pinsPrefix, planIdSchema } from './format/layout.ts';
import { openDocument, sealDocument } from './format/sealed-document.ts';
import { parse } from './parse.ts';
import { pinReasonSchema } from './pin-reason.ts';
import type { KeyRing, OpeningKey, SigningPublicKey } from './ports/keys.ts';
import type { ListedObject, Tier, Vault } from './ports/vault.ts';

export const pinSchema = z.strictObject({
  format: z.literal('holdfast/pin'),
  version: z.literal(1),
  planId: planIdSchema,
  backupId: backupIdSchema,
  /** False: the pin before it has ended. */
  pinned: z.boolean(),
  reason: pinReasonSchema,
  by: z.string().min(1).max(200),
  at: z.iso.datetime(),
});
export type PinDocument = z.infer<typeof pinSchema>;

/** A pin is well below 4 KiB; more is not read. */
const maxPinBytes = 64 * 1024;
/** Pins of one backup that are looked at, the newest; and names that are none that are told. */
const maxPins = 100;
/** What follows `pins/` in the key of a pin. */
const pinName = /^\d{8}T\d{6}Z-(?:pin|unpin)-[0-9a-f]{6}$/;

/**
 * Writes the word into the vault and returns its key. The catalog is told afterwards by the caller: a crash between
 * leaves a pin that a rebuild finds, or a backup that is still pinned; neither loses anything.
 */
export async function writePin(request: {
  readonly pin: Omit<PinDocument, 'format' | 'version'>;
  readonly tier: Tier;
  readonly vault: Pick<Vault, 'write'>;
  readonly keyRing: Pick<KeyRing, 'publicKeys' | 'signingKey'>;
}): Promise<string> {
  const { tier, vault, keyRing } = request;
  const pin = parse(pinSchema, { format: 'holdfast/pin', version: 1, ...request.pin }, 'pin');
  const { planId, backupId, at, pinned } = pin;
  const key = pinKey(planId, backupId, { at, pinned, random: randomBytes(3).toString('hex') });
  const [{ recipients }, signer] = await Promise.all([keyRing.publicKeys(), keyRing.signingKey('operator')]);
  const context = contextOfKey(key);
  const sealed = await sealDocument({ document: pin, type: 'pin', signer, recipients, context });
  await vault.write(key, [sealed], { role: 'report', tier, planId, storageClass: 'STANDARD' });
  return key;
}

export interface PinsOfBackup {
  /** The newest word that is proven: `pinned` false when the backup is not pinned any more. Absent without any. */
  readonly newest?: PinDocument;
  /** There is a pin that could not be proven, newer than what could be: it may be the word that counts. */
  readonly unproven: boolean;
  /** Objects that were passed over, and why: an unproven word neither pins nor unpins. */
  readonly refused: readonly { readonly key: string; readonly error: HoldfastError }[];
}

/** What the vault says about the pins of a backup. A failure of the vault is thrown, damage of one object is not. */
export async function readPins(request: {
  readonly planId: string;
  readonly backupId: string;
  readonly vault: Pick<Vault, 'list' | 'read'>;
  readonly privateKeys: readonly OpeningKey[];
  readonly signers: readonly SigningPublicKey[];
}): Promise<PinsOfBackup> {
  const { newestFirst, isCut, strangers } = await listNewest(request);
  const unread: { key: string; error: HoldfastError }[] = [];
  let newest: PinDocument | undefined;
  for (const object of newestFirst) {
    // Names have whole seconds: within the newest one the documents' own times decide.
    if (newest && !object.key.includes(`/pins/${compactTime(newest.at)}-`)) break;
    try {
      const pin = await readPin(object, request);
      if (!newest || pin.at > newest.at) newest = pin;
    } catch (thrown) {
      const error = asHoldfastError(thrown);
      if (!isAboutTheObject(error)) throw error;
      unread.push({ key: object.key, error });
    }
  }
  const unproven = unread.length > 0 || (isCut && !newest);
  return { ...(newest ? { newest } : {}), unproven, refused: [...unread, ...strangers] };
}

async function listNewest({ planId, backupId, vault }: Parameters<typeof readPins>[0]): Promise<{
  readonly newestFirst: readonly ListedObject[];
  /** There are more of them, older ones. */
  readonly isCut: boolean;
  /** What is called otherwise is no pin, however many there are. */
  readonly strangers: PinsOfBackup['refused'];
}> {
  const newest: ListedObject[] = [];
  const strangers: { key: string; error: HoldfastError }[] = [];
  let isCut = false;
  const prefix = pinsPrefix(planId, backupId);
  for await (const object of vault.list(prefix)) {
    if (!pinName.test(object.key.slice(prefix.length))) {
      const error = new HoldfastError('INVALID_INPUT', `${object.key} is not the name of a pin`);
      if (strangers.length < maxPins) strangers.push({ key: object.key, error });
      continue;
    }
    newest.push(object);
    if (newest.length > maxPins) {
      newest.shift();
      isCut = true;
    }
  }
  return { newestFirst: newest.reverse(), isCut, strangers };
}

async function readPin(object: ListedObject, request: Parameters<typeof readPins>[0]): Promise<PinDocument> {
  const { planId, backupId, vault, privateKeys, signers } = request;
  const context = contextOfKey(object.key);
  if (object.lengthBytes > maxPinBytes) {
    throw new HoldfastError(
      'INTEGRITY_LENGTH',
      `${object.lengthBytes} bytes: a pin has at most ${maxPinBytes}`,
    );
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of await vault.read(object.key)) chunks.push(chunk as Uint8Array);
  const bytes = Buffer.concat(chunks);
  const document = await openDocument({ bytes, type: 'pin', privateKeys, signers, context });
  const pin = parse(pinSchema, document, 'pin');
  const name = pinKey(planId, backupId, { ...pin, random: object.key.slice(-6) });
  if (pin.planId === planId && pin.backupId === backupId && name === object.key) return pin;
  throw new HoldfastError(
    'INTEGRITY_SIGNATURE',
    `${object.key} was signed for ${pin.planId}/${pin.backupId} at ${pin.at}`,
  );
}

/** What is wrong with one object, not with the vault or the keys at hand. */
function isAboutTheObject({ code }: HoldfastError): boolean {
  return (
    code.startsWith('INTEGRITY_') ||
    ['FORMAT_UNKNOWN', 'KEY_MISSING', 'INVALID_INPUT', 'OBJECT_MISSING'].includes(code)
  );
}
