/**
 * Which addresses may be contacted. The host comes from a secret, and whoever writes that secret must not be able to
 * point this function at its own metadata service. Promises: every answer of the resolver is checked, and the
 * connection goes to a checked address, so a second answer of the resolver cannot change it.
 */
import { lookup as systemLookup } from 'node:dns/promises';
import { connect as connectSocket } from 'node:net';
import ipaddr from 'ipaddr.js';
import { HoldfastError } from '../../core/errors.ts';
import { forbiddenReason } from '../addresses.ts';

export { forbiddenReason };

export type Lookup = (host: string) => Promise<readonly string[]>;

export interface AddressRules {
  /** The local mode: the server of the laptop itself may be backed up. */
  readonly allowLoopback: boolean;
  /** Replaces the system's resolver, for tests. */
  readonly lookup?: Lookup;
}

/**
 * Resolves a host and checks every answer.
 * @throws HoldfastError HOST_FORBIDDEN when any answer is forbidden, SOURCE_UNREACHABLE when there is none
 */
export async function resolveHost(host: string, rules: AddressRules): Promise<readonly string[]> {
  const lookup = rules.lookup ?? systemAddresses;
  let addresses: readonly string[];
  try {
    addresses = ipaddr.isValid(host) && !/^[\dxXa-fA-F]+$/.test(host) ? [host] : await lookup(host);
  } catch (cause) {
    throw new HoldfastError('SOURCE_UNREACHABLE', `the host ${host} of the source cannot be resolved`, {
      cause,
    });
  }
  if (addresses.length === 0) {
    throw new HoldfastError('SOURCE_UNREACHABLE', `the host ${host} of the source has no address`);
  }
  for (const address of addresses) {
    const reason = forbiddenReason(address, rules);
    if (reason !== undefined) {
      throw new HoldfastError(
        'HOST_FORBIDDEN',
        `the host ${host} of the source is a ${reason} address (${address})`,
        {
          details: { host, address, reason },
        },
      );
    }
  }
  return addresses;
}

async function systemAddresses(host: string): Promise<readonly string[]> {
  const answers = await systemLookup(host, { all: true, verbatim: true });
  return answers.map((answer) => answer.address);
}

/** Long enough for a loaded server across regions, short enough that four dead addresses do not use up a run. */
const connectTimeoutSeconds = 10;

/**
 * The first of the addresses that accepts a connection: a name may have an IPv6 address that cannot be reached from
 * here. One address is taken as it is.
 * @throws HoldfastError SOURCE_UNREACHABLE
 */
export async function reachableAddress(
  host: string,
  addresses: readonly string[],
  port: number,
): Promise<string> {
  const [only, ...more] = addresses;
  if (only !== undefined && more.length === 0) return only;
  const failures: string[] = [];
  for (const address of addresses.slice(0, 4)) {
    try {
      await probe(address, port);
      return address;
    } catch (error) {
      failures.push(`${address}: ${(error as Error).message}`);
    }
  }
  throw new HoldfastError(
    'SOURCE_UNREACHABLE',
    `nothing answers at ${host}:${port} (${failures.join('; ')})`,
  );
}

function probe(address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host: address, port, timeout: connectTimeoutSeconds * 1000 });
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('timeout', () => socket.destroy(new Error(`no answer in ${connectTimeoutSeconds} s`)));
    socket.once('error', reject);
  });
}
