/** Finds the API and whoever is signed in to it: the only place where commands meet the network of the API. */
import { systemClock } from '../../adapters/clock.ts';
import { HoldfastError } from '../../core/errors.ts';
import type { Cli } from '../context.ts';
import { readLocalState } from '../local-state.ts';
import type { GlobalOptions } from '../program.ts';
import type { IssuerSettings } from '../sign-in/issuer.ts';
import { openBrowser } from '../sign-in/open-browser.ts';
import { savedSignIns, stateFolder } from '../sign-in/saved.ts';
import type { SigningIn } from '../sign-in/signing-in.ts';
import { givenToken, savedTokens } from '../sign-in/tokens.ts';
import type { StackOutputs } from '../stack.ts';
import { addressOf, givenAddress, noApi } from './address.ts';
import { type Api, apiClient } from './client.ts';

export interface Opening {
  readonly options: GlobalOptions;
  /** The clone's folder, for --local. */
  readonly root: string;
  readonly cli: Pick<Cli, 'out' | 'correlationId' | 'connect'>;
}

type Environment = typeof process.env;

interface Found {
  readonly address: string;
  readonly issuer: Partial<IssuerSettings>;
}

export async function openApi(opening: Opening, env: Environment = process.env): Promise<Api> {
  const { out, correlationId } = opening.cli;
  const saved = savedSignIns(stateFolder(env));
  const note = (text: string) => out.note(text);
  const about = { clock: systemClock, correlationId, note };
  const found = await find(opening, env);
  if (found === undefined) {
    const context = await opening.cli.connect();
    const { inProcessApi } = await import('./in-process.ts');
    out.detail('No API is asked: the work is done here, with your AWS credentials.');
    return apiClient({
      ...about,
      address: 'http://here',
      tokens: givenToken('here'),
      fetch: inProcessApi({ context, warn: (text) => out.warn(text) }),
    });
  }
  const { address } = found;
  const { HOLDFAST_TOKEN: token } = env;
  const isLocal = opening.options.local;
  const tokens =
    token !== undefined && token !== ''
      ? givenToken(token.trim())
      : savedTokens({
          ...{ api: address, saved, clock: systemClock, fetch },
          silently: isLocal
            ? async () => {
                out.note(
                  'Signing in to the local AWS as admin (`holdfast --local login --as viewer` for another role).',
                );
                return (await localSignIn(opening, found))('admin');
              }
            : undefined,
        });
  return apiClient({ ...about, address, tokens, fetch: (request) => fetch(request) });
}

/** For `login` and `logout`. STACK_NOT_FOUND when the stack has no API to sign in to. */
export async function signingInTo(opening: Opening, env: Environment = process.env): Promise<SigningIn> {
  const saved = savedSignIns(stateFolder(env));
  const found = await find(opening, env);
  if (!found) {
    throw new HoldfastError('STACK_NOT_FOUND', 'this stack has no API to sign in to (api.enabled is false)', {
      next: 'Nothing: commands work with your AWS credentials.',
    });
  }
  const before = await saved.read(found.address);
  return {
    api: found.address,
    issuer: { ...before, ...found.issuer },
    saved,
    fetch,
    openBrowser,
    ...(opening.options.local && {
      local: async (role) => (await localSignIn(opening, found))(role),
    }),
  };
}

/** Undefined: the stack has none. */
async function find({ options, root }: Opening, env: Environment): Promise<Found | undefined> {
  const { api, stack, region, local } = options;
  const isStackNamed = api === undefined && (local || stack !== undefined || region !== undefined);
  const saved = savedSignIns(stateFolder(env));
  const address = await givenAddress({ api, isStackNamed, env, saved });
  if (address === noApi) return undefined;
  if (address !== undefined) return { address, issuer: {} };
  const { apiUrl } = local ? await readLocalState(root) : {};
  // There the name that the stack says does not resolve; who issues its tokens is asked when somebody signs in.
  if (apiUrl !== undefined) return { address: addressOf(apiUrl), issuer: {} };
  const { stackOf } = await import('../connect.ts');
  return foundBy(await stackOf(options, root));
}

export function foundBy(stack: StackOutputs): Found | undefined {
  const { ApiUrl, Issuer: issuer, UserPoolClientId: clientId, SignInDomain: domain } = stack;
  if (ApiUrl === undefined) return undefined;
  const signInDomain = domain && (domain.includes('://') ? domain : `https://${domain}`);
  return {
    address: addressOf(ApiUrl),
    issuer: {
      ...(issuer !== undefined && { issuer }),
      ...(clientId !== undefined && { clientId }),
      ...(signInDomain !== undefined && { signInDomain }),
    },
  };
}

async function localSignIn({ root, options }: Opening, { address }: Pick<Found, 'address'>) {
  const [state, { signInLocally }, { stackOf }] = await Promise.all([
    readLocalState(root),
    import('../sign-in/local.ts'),
    import('../connect.ts'),
  ]);
  const { issuer, clientId } = foundBy(await stackOf(options, root))?.issuer ?? {};
  if (issuer === undefined || clientId === undefined) {
    throw new HoldfastError('UNAUTHENTICATED', 'the local stack does not say who issues its tokens', {
      next: 'Deploy it again: `npm stop`, then `npm start`.',
    });
  }
  return (role: Parameters<typeof signInLocally>[1]) =>
    signInLocally({ api: address, issuer: { issuer, clientId }, state, clock: systemClock }, role);
}
