/** The proof of a backup at a level: what is stored, read or restored, compared with the signed manifest. */
import { inParallel } from '../at-a-time.ts';
import { HoldfastError, hasCode } from '../errors.ts';
import { manifestKey } from '../format/layout.ts';
import type { Component, Manifest, Segment } from '../manifest.ts';
import type { BackupRow, VerificationLevel } from '../ports/catalog.ts';
import type { Clock, Log } from '../ports/index.ts';
import type { KeyRing, WrappingPrivateKey } from '../ports/keys.ts';
import type { Comparison, OpenSegment, RecoveryContext, RecoveryDriver } from '../ports/recovery.ts';
import type { Vault } from '../ports/vault.ts';
import type { Report } from '../report.ts';
import { checkStored, hashEverything, openSegment } from './integrity.ts';

export interface ProofDeps {
  readonly vault: Vault;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  readonly log: Log;
  readonly recoveryFor: (component: Component) => RecoveryDriver;
  readonly parallelism: number;
  /** A folder of its own for scratch servers. */
  readonly workDir: string;
  /** Room for scratch servers, bytes, after whatever an earlier one left was wiped. */
  readonly freeBytes: () => Promise<number>;
  /** Days of Object Lock that the vault gives, when it does. */
  readonly lockDays?: number;
  /**
   * Which Object Lock is expected of an object. Default: that of `lockDays`, as a new backup must have it. `as-written`:
   * that of its own manifest, since what the stack asks for may have changed after an old one was written.
   */
  readonly locks?: 'as-written';
  /** The vault is a copy on something that keeps no tags. */
  readonly untagged?: boolean;
}

export interface Proof {
  /** The lowest that any component reached. */
  readonly level: VerificationLevel;
  readonly stored: Report['stored'];
  readonly components: Report['components'];
  readonly remarks: readonly string[];
  readonly failed: boolean;
}

export const nothingProven: Proof = {
  level: 'stored',
  stored: { objects: 0, bytes: 0, hashed: false, differences: [] },
  components: [],
  remarks: [],
  failed: false,
};

type Pinned = ReadonlyMap<string, string | undefined>;

/** What is found wrong is in the proof; what kept it from being carried out is thrown. */
export async function prove(
  manifest: Manifest,
  level: VerificationLevel,
  row: BackupRow,
  deps: ProofDeps,
  signal: AbortSignal,
): Promise<Proof> {
  const { lockUntil, marked } =
    deps.locks === 'as-written'
      ? await lockOfManifest(manifest, row, deps, signal)
      : { lockUntil: lockExpected(manifest, deps), marked: [] };
  const check = await checkStored(
    manifest,
    deps.vault,
    { versions: row.versions, lockUntil, untagged: deps.untagged },
    signal,
  );
  const stored = {
    objects: check.objects,
    bytes: check.bytes,
    hashed: false,
    differences: [...marked, ...check.differences],
  };
  if (level === 'stored' || stored.differences.length > 0) {
    return { ...nothingProven, stored: { ...stored, differences: [...stored.differences] } };
  }
  if (check.archived.length > 0) {
    // Asking for their return costs money and hours: nobody is made to pay for a verification.
    const remark = `${check.archived.length} of ${check.objects} objects lie in an archive class and cannot be read, so it was verified as stored instead of ${level}.`;
    return { ...nothingProven, stored: { ...stored, differences: [] }, remarks: [remark] };
  }
  const privateKeys = await deps.keyRing.privateKeys();
  const components: Report['components'] = [];
  const remarks: string[] = [];
  const differences: string[] = [];
  for (const component of manifest.components) {
    const before = deps.clock.now().getTime();
    const proven = await proveComponent(
      { manifest, component, level, privateKeys, pinned: check.pinned },
      deps,
      signal,
    );
    differences.push(...proven.damaged);
    remarks.push(...proven.remarks);
    if (!proven.comparison) break;
    const { compared, notProven, facts, items, itemsLeft } = proven.comparison;
    components.push({
      name: component.name,
      title: component.title,
      level: proven.level,
      seconds: (deps.clock.now().getTime() - before) / 1000,
      comparison: {
        compared: { ...compared },
        differences: [...proven.comparison.differences],
        notProven: [...notProven],
        facts: { ...facts },
        ...(items && { items: [...items] }),
        ...(itemsLeft !== undefined && { itemsLeft }),
      },
    });
  }
  const restored = level === 'restored' && components.every((component) => component.level === 'restored');
  return {
    level: differences.length > 0 ? 'stored' : restored ? 'restored' : 'readable',
    stored: { ...stored, hashed: true, differences },
    components,
    remarks,
    failed: false,
  };
}

/**
 * Counted from the attempt that wrote it: its row may be of a later one, which found the manifest whole. Undefined when
 * no lock is due any more: an old backup may have come into this vault long after its lock's end.
 */
function lockExpected({ startedAt }: Manifest, { lockDays, clock }: ProofDeps): string | undefined {
  if (lockDays === undefined) return undefined;
  const until = Date.parse(startedAt) + lockDays * 86_400_000;
  return until > clock.now().getTime() ? new Date(until).toISOString() : undefined;
}

/** The same was given to all of its objects, and at least that to those that it refers to. */
async function lockOfManifest(
  { planId, backupId }: Manifest,
  { versions }: BackupRow,
  { vault, clock }: ProofDeps,
  signal: AbortSignal,
): Promise<{ readonly lockUntil?: string; readonly marked: readonly string[] }> {
  const key = manifestKey(planId, backupId);
  const state = await vault.head(key, { versionId: versions?.[key], signal });
  const until = state?.lock?.until;
  return {
    ...(until !== undefined && Date.parse(until) > clock.now().getTime() && { lockUntil: until }),
    marked: state?.tags.expire === 'yes' ? [`${key}: is marked for expiry`] : [],
  };
}

interface ComponentJob {
  readonly manifest: Manifest;
  readonly component: Component;
  readonly level: VerificationLevel;
  readonly privateKeys: readonly WrappingPrivateKey[];
  readonly pinned: Pinned;
}

interface ComponentProof {
  readonly level: VerificationLevel;
  readonly comparison?: Comparison;
  readonly damaged: readonly string[];
  readonly remarks: readonly string[];
}

async function proveComponent(
  job: ComponentJob,
  deps: ProofDeps,
  signal: AbortSignal,
): Promise<ComponentProof> {
  const { manifest, component, privateKeys, pinned } = job;
  const driver = deps.recoveryFor(component);
  const open: OpenSegment = (segment) =>
    openSegment(manifest, component, segment, deps.vault, privateKeys, pinned, signal);
  const read = async (remarks: readonly string[]): Promise<ComponentProof> => ({
    level: 'readable',
    comparison: await readComponent(component, driver, open, deps.parallelism, signal),
    damaged: [],
    remarks,
  });
  if (job.level !== 'restored') return read([]);
  const needed = driver.drillBytes(component);
  const free = await deps.freeBytes();
  if (needed > free) {
    return read([
      `${component.title}: a restore drill needs about ${needed} bytes of scratch space and ${free} are free, so it was verified as readable instead.`,
    ]);
  }
  // No tool is fed bytes that were not compared with the signed manifest first.
  const damaged = await hashEverything({ ...manifest, components: [component] }, deps.vault, pinned, signal);
  if (damaged.length > 0) return { level: 'stored', damaged, remarks: [] };
  const context: RecoveryContext = { ...deps, signal, onProgress: () => {} };
  try {
    const comparison = await driver.drill(component, open, deps.workDir, context);
    return { level: 'restored', comparison, damaged: [], remarks: [] };
  } catch (thrown) {
    if (!hasCode(thrown, 'SCRATCH_TOO_SMALL', 'NO_SCRATCH_SERVER') || signal.aborted) throw thrown;
    return read([`${component.title}: ${thrown.message}. It was verified as readable instead.`]);
  }
}

async function readComponent(
  component: Component,
  driver: RecoveryDriver,
  open: OpenSegment,
  parallelism: number,
  signal: AbortSignal,
): Promise<Comparison> {
  const readings = new Map<Segment, Record<string, unknown>>();
  const largestFirst = [...component.segments, ...(component.references ?? [])].sort(
    (a, b) => b.plainBytes - a.plainBytes,
  );
  await inParallel(largestFirst, parallelism, async (segment) => {
    const plain = open(segment);
    try {
      readings.set(segment, await driver.read(segment, plain, signal));
    } finally {
      plain.destroy();
    }
  });
  return driver.compareReading(component, readings);
}

/** The manifest that the catalog knows, or INTEGRITY_HASH. */
export function requireKnownManifest(row: BackupRow, sha256: string): void {
  if (row.manifest && row.manifest.sha256 !== sha256) {
    throw new HoldfastError(
      'INTEGRITY_HASH',
      'The manifest in the vault is not the one that the catalog knows',
    );
  }
}
