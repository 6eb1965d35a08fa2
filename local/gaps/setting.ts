/** A setting of the local AWS that the template asks for: seen, set, and seen again. */
import { isDeepStrictEqual } from 'node:util';
import type { Resolve } from './references.ts';

/** One property of one resource: how to see it and how to set it, both in the API's words. */
export interface Setting {
  readonly what: string;
  readonly wanted: unknown;
  read(): Promise<unknown>;
  apply(): Promise<unknown>;
}

/** Returns whether it had to be changed; throws when it does not stick. */
export async function ensure(setting: Setting): Promise<boolean> {
  if (isDeepStrictEqual(await setting.read(), setting.wanted)) return false;
  await setting.apply();
  const found = await setting.read();
  if (isDeepStrictEqual(found, setting.wanted)) return true;
  throw new Error(
    `${setting.what} did not stick: the template says ${JSON.stringify(setting.wanted)}, the local AWS ${JSON.stringify(found)}`,
  );
}

export type Make = (value: unknown) => Omit<Setting, 'what'>;

/** What is to be set of one resource; refuses what is neither known here nor done by CloudFormation. */
export function settingsOf(
  logicalId: string,
  properties: Readonly<Record<string, unknown>>,
  known: Record<string, Make | 'by CloudFormation'>,
  resolve: Resolve,
): Setting[] {
  return Object.entries(properties).flatMap(([name, value]) => {
    const make = known[name];
    if (make === undefined)
      throw new Error(`${logicalId}.${name}: the local deployment does not know whether it arrives`);
    if (make === 'by CloudFormation') return [];
    return [{ what: `${logicalId}.${name}`, ...make(resolve(value, `${logicalId}.${name}`)) }];
  });
}

/** Without the tags that CloudFormation adds itself. */
export function sorted(tags: readonly { Key?: string; Value?: string }[]): { Key: string; Value: string }[] {
  return tags
    .map(({ Key = '', Value = '' }) => ({ Key, Value }))
    .filter(({ Key }) => !Key.startsWith('aws:'))
    .sort((a, b) => a.Key.localeCompare(b.Key));
}
