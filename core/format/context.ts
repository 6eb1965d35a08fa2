/**
 * The encryption context: which object a sealed message is, authenticated with it. It is the object's key, taken
 * apart, so a sealed object that was moved or swapped under another key does not open.
 */
import { InvalidInput } from '../errors.ts';
import {
  auditWriters,
  manifestKey,
  type PinName,
  partKey,
  pinKey,
  reportKey,
  type SegmentAddress,
} from './layout.ts';

/** The one format that is written; docs/format.md. */
export const FORMAT_VERSION = '1';

export interface SealContext {
  /** `-` (never a plan's id) for what belongs to no plan: an entry of the audit trail. */
  readonly planId: string;
  readonly backupId: string;
  /** From 1; 0 for what belongs to the backup as a whole (manifest, report, pin). */
  readonly attempt: number;
  /** `-` (never a component's name) for what belongs to the backup as a whole. */
  readonly component: string;
  /** `0003-name` as in the key; `manifest`; `report/<id>`; `pin/<name>`; of the audit trail the whole key. */
  readonly segment: string;
  /** From 1. */
  readonly part: number;
}

const partPattern = /^plans\/([^/]+)\/([^/]+)\/a(\d{2,3})\/([^/]+)\/(\d{4,}-[^/]+)\.(\d{4,})$/;
const manifestPattern = /^plans\/([^/]+)\/([^/]+)\/manifest$/;
const reportPattern = /^reports\/([^/]+)\/([^/]+)\/([^/]+)$/;

const pinPattern = /^plans\/([^/]+)\/([^/]+)\/pins\/(\d{8}T\d{6}Z-(?:pin|unpin)-[0-9a-f]{6})$/;
const auditPattern = new RegExp(
  `^audit/(?:${auditWriters.join('|')})/\\d{4}/\\d\\d/\\d\\d/\\d{8}T\\d{6}Z-[0-9a-f]{16}-(?:intent|outcome)$`,
);

/** The context of the object under that key (relative to the vault's prefix), or InvalidInput. */
export function contextOfKey(key: string): SealContext {
  const part = partPattern.exec(key);
  if (part) {
    const [, planId = '', backupId = '', attempt, component = '', segment = '', number] = part;
    return { planId, backupId, attempt: Number(attempt), component, segment, part: Number(number) };
  }
  const manifest = manifestPattern.exec(key);
  if (manifest) return wholeContext(manifest[1], manifest[2], 'manifest');
  const report = reportPattern.exec(key);
  if (report) return wholeContext(report[1], report[2], `report/${report[3]}`);
  const pin = pinPattern.exec(key);
  if (pin) return wholeContext(pin[1], pin[2], `pin/${pin[3]}`);
  if (auditPattern.test(key)) return wholeContext('-', '-', key);
  throw new InvalidInput('object key', [
    {
      field: 'key',
      value: JSON.stringify(key.slice(0, 98)),
      allowed: 'a key of a segment part, manifest, report, pin or audit entry',
    },
  ]);
}

export function segmentContext(address: SegmentAddress, part: number): SealContext {
  return contextOfKey(partKey(address, part));
}

export function manifestContext(planId: string, backupId: string): SealContext {
  return contextOfKey(manifestKey(planId, backupId));
}

export function reportContext(planId: string, backupId: string, id: string): SealContext {
  return contextOfKey(reportKey(planId, backupId, id));
}

export function pinContext(planId: string, backupId: string, name: PinName): SealContext {
  return contextOfKey(pinKey(planId, backupId, name));
}

/** The pairs as they stand in the message: exactly these, all strings. */
export function contextPairs(context: SealContext): Readonly<Record<string, string>> {
  return {
    format: FORMAT_VERSION,
    planId: context.planId,
    backupId: context.backupId,
    attempt: String(context.attempt),
    component: context.component,
    segment: context.segment,
    part: String(context.part),
  };
}

function wholeContext(planId = '', backupId = '', segment: string): SealContext {
  return { planId, backupId, attempt: 0, component: '-', segment, part: 1 };
}
