/** The catalog row of a backup, from its manifest: as the run left it, but for what belongs to one copy (version ids). */
import type { BackupRow, Pin, VerificationState } from '../ports/catalog.ts';
import type { OpenedManifest } from '../verification/integrity.ts';

export interface RowAddition {
  /** For people: where it was found. */
  readonly location: string;
  readonly adoptedAt: string;
  readonly verification?: VerificationState | undefined;
  readonly pin?: Pin | undefined;
}

export function rowOf({ manifest, sha256, lengthBytes }: OpenedManifest, addition: RowAddition): BackupRow {
  const { totals } = manifest;
  const storedBytes = totals.storedBytes + lengthBytes;
  const sources = Array.isArray(manifest.plan.sources) ? manifest.plan.sources : [];
  const names = sources.map((source) => String((source as { name?: unknown } | null)?.name ?? ''));
  return {
    planId: manifest.planId,
    backupId: manifest.backupId,
    source: names.join(',') || manifest.components.map((component) => component.source).join(','),
    kind: manifest.kind,
    trigger: manifest.trigger,
    createdBy: manifest.createdBy,
    slot: manifest.slot,
    correlationId: manifest.correlationId,
    status: 'completed',
    attempt: manifest.attempt,
    madeBy: manifest.attempt,
    startedAt: manifest.startedAt,
    completedAt: manifest.completedAt,
    sourceBytes: totals.sourceBytes,
    storedBytes,
    compressionRatio: Math.round((totals.sourceBytes / storedBytes) * 100) / 100,
    tier: manifest.tier,
    expiresAt: manifest.expiresAt,
    locations: [addition.location],
    tools: manifest.tools,
    warnings: manifest.warnings,
    manifest: { lengthBytes, sha256 },
    guard: 0,
    adoptedAt: addition.adoptedAt,
    ...(addition.verification && { verification: addition.verification }),
    ...(addition.pin && { pin: addition.pin }),
  };
}
