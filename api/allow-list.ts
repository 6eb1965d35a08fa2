/**
 * From which addresses the API may be called. The address is what the gateway saw; a header that anybody can send
 * (X-Forwarded-For) is never asked. IPv4 in IPv6's clothes (::ffff:192.0.2.1) counts as the IPv4 that it is.
 */
import ipaddr from 'ipaddr.js';
import { HoldfastError } from '../core/errors.ts';

export type AllowList = (address: string | undefined) => boolean;

/** Bits of ::ffff:0:0/96, which holds all of IPv4. */
const mappedBits = 96;
const mostRanges = 200;

/** CIDRs of either version; none of them: every address is allowed. INVALID_INPUT naming one that is no CIDR. */
export function allowList(cidrs: readonly string[]): AllowList {
  if (cidrs.length > mostRanges) {
    throw new HoldfastError('INVALID_INPUT', `allowFrom has ${cidrs.length} ranges, at most ${mostRanges}`);
  }
  const ranges = cidrs.map(rangeOf);
  if (ranges.length === 0) return () => true;
  return (address) => {
    if (address === undefined || !ipaddr.isValid(address)) return false;
    const own = ipaddr.process(address);
    return ranges.some(([network, bits]) => own.kind() === network.kind() && own.match(network, bits));
  };
}

function rangeOf(cidr: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  if (!ipaddr.isValidCIDR(cidr)) {
    throw new HoldfastError(
      'INVALID_INPUT',
      `allowFrom is ${JSON.stringify(cidr)}: a range like 192.0.2.0/24 or 2001:db8::/32`,
    );
  }
  const [network, bits] = ipaddr.parseCIDR(cidr);
  if (network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress() && bits >= mappedBits) {
    return [network.toIPv4Address(), bits - mappedBits];
  }
  return [network, bits];
}
