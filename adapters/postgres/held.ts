/**
 * What a backup of a database holds, as its manifest says: tables with their rows, and what else looks like a table. Pure.
 * Names are those that a restore of some tables (`only`) takes: `schema.name`, without quotes.
 */
import type { Component } from '../../core/manifest.ts';
import type { HeldItem } from '../../core/ports/recovery.ts';
import { tableName } from './compare.ts';
import {
  archiveContentsSchema,
  type PostgresFacts,
  postgresEvidenceSchema,
  postgresFactsSchema,
} from './model.ts';

/** What `only` takes, by the inventory's words. */
const kinds = {
  tables: 'table',
  'foreign-tables': 'foreign-table',
  views: 'view',
  'materialized-views': 'materialized-view',
  sequences: 'sequence',
} as const;

export function heldOf(component: Component): readonly HeldItem[] {
  const evidence = postgresEvidenceSchema.parse(component.evidence);
  const facts = postgresFactsSchema.parse(component.facts);
  const held = new Map<string, HeldItem>();
  for (const item of ofInventory(facts)) held.set(item.name, item);
  // An inventory of very many is a number only; the segments name what they hold all the same.
  for (const { contents } of component.segments) {
    const archive = archiveContentsSchema.safeParse(contents);
    for (const table of archive.data?.tables ?? []) {
      const name = tableName(table);
      if (!held.has(name)) held.set(name, { name, type: 'table' });
    }
  }
  for (const { rows, bytes, checksum, ...table } of evidence.tables) {
    const name = tableName(table);
    const type = held.get(name)?.type ?? 'table';
    held.set(name, { name, type, rows, bytes, ...(checksum !== undefined && { checksum }) });
  }
  return [...held.values()];
}

export function measure(component: Component): { readonly sourceBytes: number; readonly items: number } {
  const { sizeBytes } = postgresFactsSchema.parse(component.facts);
  return { sourceBytes: sizeBytes, items: heldOf(component).length };
}

function* ofInventory({ inventory }: PostgresFacts): Generator<HeldItem> {
  for (const [kind, type] of Object.entries(kinds)) {
    for (const identity of inventory[kind] ?? []) {
      const name = plainName(identity);
      if (name !== undefined) yield { name, type };
    }
  }
}

const identityPattern = /^("(?:[^"]|"")+"|[^".]+)\.("(?:[^"]|"")+"|[^".]+)$/;

/** `shop."Order"` of pg_identify_object as `shop.Order`; undefined for what is no name of two parts. */
function plainName(identity: string): string | undefined {
  const [, schema, name] = identityPattern.exec(identity) ?? [];
  return schema !== undefined && name !== undefined ? `${unquoted(schema)}.${unquoted(name)}` : undefined;
}

function unquoted(identifier: string): string {
  return identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier;
}
