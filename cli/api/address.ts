/** Where the API is: as it is told, as somebody signed in to it, or as the stack says. */
import { HoldfastError } from '../../core/errors.ts';
import { secure } from '../sign-in/issuer.ts';
import type { SavedSignIns } from '../sign-in/saved.ts';

export interface AddressAsked {
  /** --api. */
  readonly api?: string | undefined;
  /** A stack was named, or the local one: then what was signed in to before does not count. */
  readonly isStackNamed: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly saved: Pick<SavedSignIns, 'current'>;
}

/** Said in the place of an address: no API is asked, the work is done here with AWS credentials. */
export const noApi = 'none';

/**
 * An address; `none`; or undefined: the stack must be asked. INVALID_INPUT for what is no address, or one that would carry
 * tokens in the clear.
 */
export async function givenAddress({
  api,
  isStackNamed,
  env,
  saved,
}: AddressAsked): Promise<string | undefined> {
  const told = api ?? (isStackNamed ? undefined : env.HOLDFAST_API);
  if (told === noApi) return noApi;
  if (told !== undefined && told !== '') return addressOf(told);
  return isStackNamed || env.HOLDFAST_STACK ? undefined : saved.current();
}

/** As it is compared and saved: origin and path, without a slash at the end, and without `/v1`. */
export function addressOf(text: string): string {
  const url = new URL(secure(text));
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new HoldfastError('INVALID_INPUT', `${url.origin}… is not the address of an API`, {
      next: 'Give its https address alone, like https://abc.execute-api.eu-central-1.amazonaws.com.',
    });
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '').replace(/\/v1$/, '');
}
