/** The catalog row of a backup, from its manifest: as the run left it, but for what belongs to one copy (version ids). */
import { backupIdSchema } from '../format/layout.ts';
import type { Component } from '../manifest.ts';
import type { BackupRow, IndexNote, Pin, VerificationState } from '../ports/catalog.ts';
import { boundNeeded, neededOf } from '../references.ts';
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
  const needs = boundNeeded(neededOf(manifest.components.flatMap(({ references = [] }) => references)));
  const { label, only, keepDays } = manifest;
  const indexes = indexesOf(manifest);
  const names = sources.map((source) => String((source as { name?: unknown } | null)?.name ?? ''));
  return {
    planId: manifest.planId,
    backupId: manifest.backupId,
    source: (only ?? names).join(',') || manifest.components.map((component) => component.source).join(','),
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
    ...(label !== undefined && { label }),
    ...(only && { only }),
    ...(keepDays !== undefined && { keepDays }),
    ...(needs.length > 0 && { needs }),
    ...(Object.keys(indexes).length > 0 && { indexes }),
    guard: 0,
    adoptedAt: addition.adoptedAt,
    ...(addition.verification && { verification: addition.verification }),
    ...(addition.pin && { pin: addition.pin }),
  };
}

/** What a later incremental run can build upon, by component: the segment of role `index` that each run leaves. */
function indexesOf({ components, backupId, attempt }: OpenedManifest['manifest']): Record<string, IndexNote> {
  return Object.fromEntries(
    components.flatMap((component) => {
      const segment = component.segments.find(({ role }) => role === 'index');
      if (!segment) return [];
      const { index, name, plainBytes, parts } = segment;
      const fullBackupId = fullOf(component, backupId);
      return [[component.name, { attempt, segment: { index, name }, plainBytes, parts, fullBackupId }]];
    }),
  );
}

/** Which run read everything, its kind says; one that stands alone did it itself. */
function fullOf({ facts }: Component, backupId: string): string {
  const named = backupIdSchema.safeParse(facts.fullBackupId);
  return named.success ? named.data : backupId;
}
