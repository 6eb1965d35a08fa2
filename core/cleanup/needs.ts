/**
 * What the backups that stay need of older ones, gathered while a plan is gone through newest first: whatever needs
 * something of a backup is met before it. Holds no more than what the backups above still need of those below.
 */
import type { Needed } from '../ports/catalog.ts';
import { boundNeeded, mergeRanges } from '../references.ts';

/** Texts of one entry that are known to be in it already: neighbours need the same, or nearly. */
const mostTexts = 32;

interface Entry {
  readonly attempt: number;
  readonly component: string;
  segments: string;
  readonly texts: Set<string>;
}

export interface NeedsBelow {
  add(needs: readonly Needed[]): void;
  /** Of that backup, each attempt's component once, or more: as much as a row can say (boundNeeded). */
  of(backupId: string): readonly Needed[];
  /** That backup and all newer ones have been dealt with. */
  forgetFrom(backupId: string): void;
}

export function needsBelow(): NeedsBelow {
  const entries = new Map<string, Map<string, Entry>>();

  function add({ backupId, attempt, component, segments }: Needed): void {
    let ofBackup = entries.get(backupId);
    if (!ofBackup) {
      ofBackup = new Map();
      entries.set(backupId, ofBackup);
    }
    const name = `${attempt}/${component}`;
    const entry = ofBackup.get(name);
    if (!entry) {
      ofBackup.set(name, { attempt, component, segments, texts: new Set([segments]) });
      return;
    }
    if (entry.texts.has(segments)) return;
    if (entry.texts.size >= mostTexts) entry.texts.clear();
    entry.texts.add(segments);
    entry.segments = mergeRanges(entry.segments, segments);
  }

  return {
    add(needs) {
      for (const needed of needs) add(needed);
    },
    of(backupId) {
      const found = entries.get(backupId);
      if (!found) return [];
      const all = [...found.values()].map(({ attempt, component, segments }) => ({
        backupId,
        attempt,
        component,
        segments,
      }));
      return boundNeeded(all);
    },
    forgetFrom(backupId) {
      for (const id of entries.keys()) if (id >= backupId) entries.delete(id);
    },
  };
}
