/** Wraps a vault so that reading it shows what an attacker or a broken disk would have made of it. */
import { Readable } from 'node:stream';
import type { Vault } from '../../core/ports/vault.ts';

export interface Tampering {
  /** Which keys. */
  readonly of: (key: string) => boolean;
  /** What is read instead; undefined is a missing object. */
  readonly bytes?: (stored: Buffer) => Buffer | undefined;
  /** Tags that head() shows instead. */
  readonly tags?: Readonly<Record<string, string>>;
}

export function tamperWith(vault: Vault, { of, bytes, tags }: Tampering): Vault {
  const changed = async (key: string): Promise<Buffer | undefined> => {
    const chunks: Buffer[] = [];
    for await (const chunk of await vault.read(key)) chunks.push(chunk as Buffer);
    const stored = Buffer.concat(chunks);
    return bytes ? bytes(stored) : stored;
  };
  return {
    ...vault,
    async read(key, options) {
      if (!of(key) || !bytes) return vault.read(key, options);
      const now = await changed(key);
      // Asks for what is not there, so that the error is the vault's own.
      return now ? Readable.from([now], { objectMode: false }) : vault.read(`${key}.gone`);
    },
    async head(key, options) {
      const state = await vault.head(key, options);
      if (!state || !of(key)) return state;
      const now = bytes ? await changed(key) : undefined;
      if (bytes && !now) return undefined;
      return { ...state, lengthBytes: now?.length ?? state.lengthBytes, tags: tags ?? state.tags };
    },
  };
}

export function flipBit(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}
