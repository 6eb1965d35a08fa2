/**
 * Looks whether a restore could be done, before anybody orders it: by the same code that the restore runs before it
 * touches its target, and without writing anything there. What is archived is not asked back. Promises: every check
 * that is not ok says what to do; nothing that is wrong ends the look, but what cannot be seen behind it is left out.
 */
import { inParallel } from '../at-a-time.ts';
import { HoldfastError } from '../errors.ts';
import type { RestoreOrder } from '../events.ts';
import { contextOfKey } from '../format/context.ts';
import type { Manifest, Segment } from '../manifest.ts';
import type { Clock, Log, Secrets } from '../ports/index.ts';
import type { PreflightCheck } from '../ports/recovery.ts';
import { estimateReturn } from './archive.ts';
import { Checks, type Seen } from './checks.ts';
import { requireConfirmed } from './confirmed.ts';
import { type Needed, proveNeeded } from './needed.ts';
import {
  type OrderedBackup,
  type OrderedDeps,
  type OrderedPart,
  openOrdered,
  orderedPart,
} from './ordered.ts';

export interface PreflightDeps extends OrderedDeps {
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly log: Log;
  readonly parallelism: number;
}

export interface PreflightResult {
  /** Nothing failed. */
  readonly ok: boolean;
  /** Where the restore would go, for people. */
  readonly target: string;
  readonly needsBytes?: number;
  readonly checks: readonly PreflightCheck[];
}

/** Throws the signal's reason only; and what nobody foresaw. */
export async function preflight(
  order: RestoreOrder,
  deps: PreflightDeps,
  signal: AbortSignal,
): Promise<PreflightResult> {
  const checks = new Checks(signal);
  const manifestTitle = 'The backup: its manifest is there, signed, and the keys open it';
  const opened = await checks.check(
    'manifest',
    manifestTitle,
    () => openOrdered(order, deps, signal),
    ({ vault, manifest, backup }) => manifestSeen(vault.location, manifest, backup?.verification?.status),
  );
  if (!opened) return resultOf(checks, 'not known');
  const { manifest } = opened.value;
  const requestedAt = deps.clock.now().toISOString();
  const part = await checks.check(
    'order',
    'What is asked for',
    () => orderedPart(order, manifest, requestedAt, deps),
    ({ component, target }) => `${component.title} (${component.kind}) goes to ${target}`,
  );
  if (!part) return resultOf(checks, 'not known');
  const { target, destruction, driver } = part.value;
  await checks.check(
    'loss',
    'What goes of what is there',
    () => requireConfirmed(destruction, order),
    () => (destruction ? lossSeen(destruction.words, destruction.kept) : 'nothing: the place is a new one'),
  );
  const contents = await lookAtContents(order, opened.value, part.value, deps, checks, signal);
  if (driver.requireTools) {
    await checks.check(
      'tools',
      'The programs that it runs',
      () => driver.requireTools?.(),
      () => 'they are there',
    );
  }
  const { needsBytes } = await lookAtTarget(part.value, contents, deps, checks, signal);
  return resultOf(checks, target, needsBytes);
}

function resultOf({ list }: Checks, target: string, needsBytes?: number): PreflightResult {
  return {
    ok: list.every(({ state }) => state !== 'failed'),
    target,
    ...(needsBytes !== undefined && { needsBytes }),
    checks: list,
  };
}

function manifestSeen(location: string, manifest: Manifest, verified: string | undefined): Seen {
  const detail = `${location}: the backup of ${manifest.slot}, ${manifest.components.length} ${manifest.components.length === 1 ? 'component' : 'components'}`;
  if (verified !== 'failed') return detail;
  return {
    state: 'warning',
    detail: `${detail}; the last verification of this backup FAILED`,
    next: 'Read its report (`holdfast show` names it), or take another backup. The restore checks every byte before it touches anything.',
  };
}

function lossSeen(words: readonly string[], kept: boolean): Seen {
  return {
    state: 'warning',
    detail: words.join(' '),
    next: kept
      ? 'Nothing is lost. Look at what is kept afterwards, and remove it by hand.'
      : 'Make a restore point first (the command line and the console offer it), or restore beside what is there.',
  };
}

const openTitle = 'The keys open its contents';

/** What it reads is there and not away, and opens with the keys that are here. Undefined: it cannot be read now. */
async function lookAtContents(
  order: RestoreOrder,
  { vault, manifest, backup }: OrderedBackup,
  { component, driver, request }: OrderedPart,
  deps: PreflightDeps,
  checks: Checks,
  signal: AbortSignal,
): Promise<Extract<Needed, { open: unknown }> | undefined> {
  const found = await checks.check(
    'objects',
    'What it reads is there, and can be read now',
    async () => {
      const privateKeys = await deps.keyRing.privateKeys();
      const versions = order.from === 'vault' ? backup?.versions : undefined;
      const job = { manifest, component, driver, request, vault, versions, privateKeys };
      const onReturned = async () => {};
      return proveNeeded({ ...job, writesOver: false, onlyLooks: true, onReturned }, signal);
    },
    (needed) => objectsSeen(needed, order, deps.clock.now()),
  );
  if (!found) return undefined;
  if ('away' in found.value) {
    const why = 'what it would open lies in an archive class';
    checks.add('keys', openTitle, { state: 'unknown', detail: why, next: afterReturn });
    return undefined;
  }
  const contents = found.value;
  await checks.check(
    'keys',
    openTitle,
    () => openSome(contents, signal),
    (tried) => `the beginnings of ${tried} segments were opened, one for each backup that it reads`,
  );
  return contents;
}

const afterReturn = 'Nothing: the restore looks at it when the objects are back, before it touches anything.';

function objectsSeen(needed: Needed, { returnSpeed }: RestoreOrder, now: Date): Seen {
  if (!('away' in needed)) {
    const bytes = needed.segments.reduce((sum, { plainBytes }) => sum + plainBytes, 0);
    return `${needed.segments.length} segments, ${bytes} bytes: all there with the length that was written`;
  }
  const wait = estimateReturn(needed.away, returnSpeed, now);
  return {
    state: 'warning',
    detail: `${wait.objects} objects (${wait.bytes} bytes) lie in an archive class: the restore asks for them and waits until ${wait.expectedAt} at the latest, for about ${wait.estimatedCostUsd.toFixed(2)} US dollars`,
    next: 'Take a newer backup if that is too long, or order the restore now: it goes on by itself when they are there.',
  };
}

/** Backups whose keys are tried; the packs of more lie in a chain of years. */
const mostTried = 50;

/** The first bytes of the smallest segment of each backup: each was sealed with the keys of its day. */
async function openSome(
  { segments, open }: Extract<Needed, { open: unknown }>,
  signal: AbortSignal,
): Promise<number> {
  const smallest = new Map<string, Segment>();
  for (const segment of segments) {
    const of = backupOf(segment);
    const best = smallest.get(of);
    if (!best || segment.plainBytes < best.plainBytes) smallest.set(of, segment);
  }
  const tried = [...smallest].sort(([a], [b]) => (a < b ? 1 : -1)).slice(0, mostTried);
  await inParallel(tried, 4, async ([, segment]) => {
    const plain = open(segment);
    try {
      for await (const _ of plain) break;
    } finally {
      plain.destroy();
    }
    signal.throwIfAborted();
  });
  return tried.length;
}

function backupOf({ parts }: Segment): string {
  const key = parts[0]?.key;
  return key === undefined ? '' : contextOfKey(key).backupId;
}

const targetName = 'target';

async function lookAtTarget(
  { component, source, driver, request }: OrderedPart,
  contents: Extract<Needed, { open: unknown }> | undefined,
  { secrets, clock, log, parallelism }: PreflightDeps,
  checks: Checks,
  signal: AbortSignal,
): Promise<{ readonly needsBytes?: number }> {
  const context = { clock, log, signal, parallelism, onProgress: () => {} };
  try {
    const found = await driver.preflight(component, source, contents?.open, request, secrets, context);
    if (found.checks.length === 0) throw new HoldfastError('INTERNAL', 'nothing of the target was looked at');
    checks.list.push(...found.checks);
    return found;
  } catch (thrown) {
    await checks.check(
      targetName,
      'The target',
      () => Promise.reject(thrown),
      () => '',
    );
    return {};
  }
}
