/**
 * Which addresses may be contacted at all. Whoever writes a secret or a plan must not be able to point a function at
 * its own metadata service, in none of the ways in which that address can be written.
 */
import ipaddr from 'ipaddr.js';

/** What `Range` of ipaddr.js is not a place where a server may be. */
const forbiddenRanges: Readonly<Record<string, string>> = {
  unspecified: 'unspecified',
  teredo: 'tunnelled',
  multicast: 'multicast',
  linkLocal: 'link-local',
  broadcast: 'broadcast',
  reserved: 'reserved',
};

/** Networks of one's own: databases live there, the hosts of dead-man URLs do not. */
const privateRanges: Readonly<Record<string, string>> = {
  private: 'private',
  uniqueLocal: 'private',
  deprecatedSiteLocal: 'private',
  carrierGradeNat: 'private',
};

/** Metadata services that are not link-local: EC2 and EKS over IPv6, Azure, Alibaba (their own documentation). */
const metadataAddresses = new Set([
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fd00:ec2::253',
  '168.63.129.16',
  '100.100.100.200',
]);

export interface ReachRules {
  /** The local mode: the laptop itself may be contacted. */
  readonly allowLoopback: boolean;
  /** Default true: what has an address of one's own network may be contacted. */
  readonly allowPrivate?: boolean;
}

/** Why this address may not be contacted; undefined when it may. */
export function forbiddenReason(address: string, rules: ReachRules): string | undefined {
  if (!ipaddr.isValid(address)) return 'not an address';
  // 127.0.0.1 and ::ffff:127.0.0.1 are the same place.
  const parsed = ipaddr.process(address);
  if (metadataAddresses.has(parsed.toString())) return 'metadata';
  const embedded = embeddedIpv4(parsed);
  if (embedded !== undefined) {
    const detour = rules.allowPrivate === false ? 'not public' : undefined;
    return forbiddenReason(embedded, rules) ?? detour;
  }
  const range = parsed.range();
  if (range === 'loopback') return rules.allowLoopback ? undefined : 'loopback';
  const forbidden = forbiddenRanges[range];
  if (forbidden !== undefined || rules.allowPrivate !== false) return forbidden;
  return privateRanges[range] ?? (isPublic(parsed) ? undefined : 'not public');
}

/** What the internet's IPv6 is given out from (IANA, IPv6 address space); nothing else leads to a public service. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address.kind() === 'ipv4') return true;
  return address.range() === 'unicast' && (address as ipaddr.IPv6).match(globalUnicast);
}

/**
 * IPv6 ways to write an IPv4 destination: NAT64 (RFC 6052), 6to4 (RFC 3056), translated (RFC 6145, `::ffff:0:a.b.c.d`),
 * and the old compatible form (RFC 4291, `::a.b.c.d`).
 */
function embeddedIpv4(address: ipaddr.IPv4 | ipaddr.IPv6): string | undefined {
  if (address.kind() !== 'ipv6') return undefined;
  const bytes = address.toByteArray();
  const range = address.range();
  if (range === '6to4') return bytes.slice(2, 6).join('.');
  const isCompatible = range === 'unicast' && bytes.slice(0, 12).every((byte) => byte === 0);
  return range === 'rfc6052' || range === 'rfc6145' || isCompatible ? bytes.slice(12).join('.') : undefined;
}
