/**
 * Names: plan ids, backup ids and the keys of objects, as docs/format.md fixes them. Keys are relative to the
 * vault's prefix, written once, never reused: a retry is a new attempt.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Lower case, digits and dashes, 1 to 40 characters; safe in keys, URLs, schedule names and file names. */
export const planIdSchema = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, '1 to 40 characters of a-z, 0-9 and -, not at the ends');

/** `<slot>-<hash>`, e.g. `20261121T020000Z-3f9a1c22`: sorts by time, unique everywhere. */
export const backupIdSchema = z
  .string()
  .regex(/^\d{8}T\d{6}Z-[0-9a-f]{8}$/, 'a backup id like 20261121T020000Z-3f9a1c22');

/** A component: one database, or one set of files, inside a backup. */
export const componentNameSchema = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'a component name');

export const attemptSchema = z.int().min(1).max(999);

/** ISO 8601 UTC to the second, `2026-11-21T02:00:00Z`, as the slot of a backup id: `20261121T020000Z`. */
export function compactTime(isoUtc: string): string {
  return new Date(isoUtc)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:]/g, '');
}

/**
 * The id of the backup that belongs to a plan's slot (scheduled runs) or to a request's token (manual runs).
 * The same input gives the same id, however often the event is delivered.
 */
export function backupIdFor(planId: string, slotIso: string, token?: string): string {
  const slot = compactTime(slotIso);
  const hash = createHash('sha256')
    .update(`${planId}\n${slot}\n${token ?? ''}`)
    .digest('hex')
    .slice(0, 8);
  return `${slot}-${hash}`;
}

/** The instant a backup id is named after, ISO 8601 UTC. */
export function slotOf(backupId: string): string {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-/.exec(backupId) ?? [];
  return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}

export function backupPrefix(planId: string, backupId: string): string {
  return `plans/${planId}/${backupId}/`;
}

/** The key of the sealed object that makes a backup exist. */
export function manifestKey(planId: string, backupId: string): string {
  return `${backupPrefix(planId, backupId)}manifest`;
}

export interface SegmentAddress {
  readonly planId: string;
  readonly backupId: string;
  readonly attempt: number;
  readonly component: string;
  /** Position in the component, from 0. */
  readonly index: number;
  readonly name: string;
}

/** The key of one part of a segment: `plans/P/B/a01/C/0003-name.0001`; parts count from 1. */
export function partKey(address: SegmentAddress, part: number): string {
  const { planId, backupId, attempt, component, index, name } = address;
  return `${backupPrefix(planId, backupId)}${attemptName(attempt)}/${component}/${pad(index)}-${safeName(name)}.${pad(part)}`;
}

/** `a01`: the folder of an attempt. */
export function attemptName(attempt: number): string {
  return `a${String(attempt).padStart(2, '0')}`;
}

/** The key of a verification report beside the backup. `id` is unique to the verification. */
export function reportKey(planId: string, backupId: string, id: string): string {
  return `reports/${planId}/${backupId}/${id}`;
}

const reportName = /^\d{8}T\d{6}Z-(stored|readable|restored)-[0-9a-f]{6}$/;

/** `<compact time>-<level>-<random>`, as verify names them: they sort by time. */
export function isReportName(name: string): boolean {
  return reportName.test(name);
}

/** `20261121T020000Z-pin-3f9a1c`: a pin or its end; names sort by time. */
export interface PinName {
  readonly at: string;
  readonly pinned: boolean;
  /** 6 hex, so that two of one second have different keys. */
  readonly random: string;
}

export function pinsPrefix(planId: string, backupId: string): string {
  return `${backupPrefix(planId, backupId)}pins/`;
}

/** The key of a pin (or unpin) of a backup. */
export function pinKey(planId: string, backupId: string, { at, pinned, random }: PinName): string {
  return `${pinsPrefix(planId, backupId)}${compactTime(at)}-${pinned ? 'pin' : 'unpin'}-${random}`;
}

/** Whose word an entry of the audit trail is: IAM lets each put objects below its own prefix and no other. */
export const auditWriters = ['api', 'backup', 'verify', 'restore', 'cleanup', 'cli'] as const;
export type AuditWriter = (typeof auditWriters)[number];

/** An intention is written before the work, its outcome beside it when the work has ended. */
export type AuditPart = 'intent' | 'outcome';

/** 16 hex, so that two entries of one second have different keys. */
export const auditIdSchema = z.string().regex(/^[0-9a-f]{16}$/, 'the id of an audit entry');

/** Of one writer; of a day (UTC) or a month of it: `audit/api/2026/11/21/`, `audit/api/2026/11/`. */
export function auditPrefix(writer: AuditWriter, span?: string): string {
  return `audit/${writer}/${span === undefined ? '' : `${span.replaceAll('-', '/')}/`}`;
}

/** `audit/api/2026/11/21/20261121T100000Z-0123456789abcdef-intent`: `at` is when the entry began, of both parts. */
export function auditKey(writer: AuditWriter, at: string, id: string, part: AuditPart): string {
  const iso = new Date(at).toISOString();
  return `${auditPrefix(writer, iso.slice(0, 10))}${compactTime(iso)}-${id}-${part}`;
}

function pad(number: number): string {
  return String(number).padStart(4, '0');
}

/** A segment's name as it may stand in a key: other characters become `_`, at most 60 of them. */
export function safeName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, 60) || '_';
}
