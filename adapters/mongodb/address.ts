/**
 * Which servers of MongoDB may be contacted. The hosts come from a secret (or, by SRV, from the name servers), and
 * whoever writes that secret must not be able to point this function at its own metadata service.
 *
 * Promises: every host that is named is resolved and checked before anything is contacted; SRV names are looked up
 * here, once, and both clients get what was found; the driver's every connection to a name, of discovered members too,
 * goes through `checkedLookup`. A member that a server names by a forbidden address ends the driver's client, at once,
 * but Node looks no address up, so that a connection may have begun (nothing is ever sent over it but a handshake).
 * Not promised: mongodump resolves the names again by itself, since a pinned address would
 * not match the name in the server's certificate. A name server that answers differently a moment later can lead it
 * elsewhere; it then meets something that does not speak MongoDB over TLS with a certificate for that name.
 */
import { lookup as systemLookup, resolveSrv as systemSrv, resolveTxt as systemTxt } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { HoldfastError } from '../../core/errors.ts';
import { forbiddenReason } from '../addresses.ts';
import { mongoError } from './errors.ts';
import { type HostPort, invalidSecret, type MongoUri } from './uri.ts';

export interface Resolver {
  addresses(host: string): Promise<readonly string[]>;
  srv(name: string): Promise<readonly { readonly name: string; readonly port: number }[]>;
  txt(name: string): Promise<readonly (readonly string[])[]>;
}

export const systemResolver: Resolver = {
  addresses: async (host) =>
    (await systemLookup(host, { all: true, verbatim: true })).map((answer) => answer.address),
  srv: (name) => systemSrv(name),
  txt: (name) => systemTxt(name),
};

export interface AddressRules {
  /** The local mode: the server of the laptop itself may be backed up. */
  readonly allowLoopback: boolean;
  readonly resolver: Resolver;
}

/** The addresses of a host, each allowed. @throws HoldfastError HOST_FORBIDDEN, SOURCE_UNREACHABLE */
export async function allowedAddresses(host: string, rules: AddressRules): Promise<readonly string[]> {
  const isLiteral = isAddress(host);
  let addresses: readonly string[];
  try {
    addresses = isLiteral ? [host] : await rules.resolver.addresses(host);
  } catch {
    throw mongoError('SOURCE_UNREACHABLE', `the host ${host} of the source cannot be resolved`);
  }
  if (addresses.length === 0)
    throw mongoError('SOURCE_UNREACHABLE', `the host ${host} of the source has no address`);
  for (const address of addresses) {
    const reason = forbiddenReason(address, rules);
    if (reason === undefined) continue;
    throw new HoldfastError(
      'HOST_FORBIDDEN',
      `the host ${host} of the source is a ${reason} address (${address})`,
      { details: { host, address, reason } },
    );
  }
  return addresses;
}

/** Not a number such as `2130706433`, which a resolver may take for an address: that is looked up. */
function isAddress(host: string): boolean {
  return ipaddr.isValid(host) && !/^[\dxXa-fA-F]+$/.test(host);
}

/** What is wrong with a server that is named by its address: `10.0.0.5:27017`, `[fe80::1]:27017`. */
export function forbiddenLiteral(address: string, rules: AddressRules): HoldfastError | undefined {
  const host = address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  if (!isAddress(host)) return undefined;
  const reason = forbiddenReason(host, rules);
  if (reason === undefined) return undefined;
  return new HoldfastError('HOST_FORBIDDEN', `the source names the member ${address}, a ${reason} address`, {
    details: { host, reason },
  });
}

/**
 * All hosts of a list, each checked; members that are down may be unknown to the name servers.
 * @returns whether all of them are this machine itself
 * @throws HoldfastError HOST_FORBIDDEN when any is forbidden, SOURCE_UNREACHABLE when none can be resolved
 */
export async function checkHosts(
  hosts: readonly HostPort[],
  rules: AddressRules,
): Promise<{ readonly loopback: boolean }> {
  const found: string[] = [];
  let unknown: unknown;
  for (const { host } of hosts) {
    try {
      found.push(...(await allowedAddresses(host, rules)));
    } catch (thrown) {
      if (!(thrown instanceof HoldfastError) || thrown.code !== 'SOURCE_UNREACHABLE') throw thrown;
      unknown = thrown;
    }
  }
  if (found.length === 0) throw unknown;
  return { loopback: found.every((address) => ipaddr.process(address).range() === 'loopback') };
}

/** For the driver's sockets: resolves, refuses what is forbidden. `onForbidden` hears of it, the driver hides causes. */
export function checkedLookup(
  rules: AddressRules,
  onForbidden: (error: HoldfastError) => void,
): LookupFunction {
  return (host, options, callback) => {
    allowedAddresses(host, rules).then(
      (addresses) => {
        const answers = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
        const [first] = answers;
        if (options.all) callback(null, answers);
        else callback(null, first?.address ?? '', first?.family);
      },
      (error: HoldfastError) => {
        if (error.code === 'HOST_FORBIDDEN') onForbidden(error);
        callback(Object.assign(error, { code: error.code }) as unknown as NodeJS.ErrnoException, '');
      },
    );
  };
}

/** What TXT may say (MongoDB's specification of initial DNS seedlist discovery). */
const txtOptions = new Set(['authSource', 'replicaSet', 'loadBalanced']);

/**
 * `mongodb+srv://` as the list of hosts that it stands for, with TLS on. @throws HoldfastError SOURCE_UNREACHABLE, SECRET_INVALID
 */
export async function resolveSeedList(uri: MongoUri, resolver: Resolver): Promise<MongoUri> {
  if (!uri.srv) return uri;
  const host = (uri.hosts[0] as HostPort).host.replace(/\.$/, '');
  if (host.split('.').length < 3)
    throw invalidSecret('host', 'of mongodb+srv has at least three parts: cluster.example.net');
  const service = uri.options.get('srvServiceName') ?? 'mongodb';
  const records = await resolver.srv(`_${service}._tcp.${host}`).catch(() => {
    throw mongoError('SOURCE_UNREACHABLE', `the name servers have no SRV record _${service}._tcp.${host}`);
  });
  // A record that leads out of the domain could lead anywhere.
  const domain = host.slice(host.indexOf('.')).toLowerCase();
  const hosts = records.map(({ name, port }) => ({ host: name.replace(/\.$/, ''), port }));
  const strange = hosts.find((one) => !one.host.toLowerCase().endsWith(domain));
  if (strange !== undefined)
    throw new HoldfastError(
      'HOST_FORBIDDEN',
      `the SRV record of ${host} leads to ${strange.host}, outside of ${domain.slice(1)}`,
    );
  if (hosts.length === 0) throw mongoError('SOURCE_UNREACHABLE', `the SRV record of ${host} names no server`);
  const most = Number(uri.options.get('srvMaxHosts') ?? 0);
  const options = new Map([...(await txtOf(host, resolver)), ['tls', 'true'] as const, ...uri.options]);
  return { ...uri, srv: false, hosts: most > 0 ? hosts.slice(0, most) : hosts.slice(0, 50), options };
}

async function txtOf(host: string, resolver: Resolver): Promise<readonly (readonly [string, string])[]> {
  const records = await resolver.txt(host).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENODATA' || error.code === 'ENOTFOUND') return [];
    throw mongoError('SOURCE_UNREACHABLE', `the TXT record of ${host} cannot be read (${error.code})`);
  });
  const [record] = records;
  if (record === undefined) return [];
  return [...new URLSearchParams(record.join(''))].filter(([name]) => txtOptions.has(name));
}
