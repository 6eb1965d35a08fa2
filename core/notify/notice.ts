/** What a person is told, before it is written as a mail, a chat message or JSON: each of these says the same. */
import type { Alert } from '../alerts.ts';
import type { ConsoleLink } from './console-link.ts';

/** How bad it is, or how good. Colour is never the only sign: the label says it too. */
export type Tone = 'critical' | 'warning' | 'good' | 'plain';

export interface Fact {
  readonly label: string;
  readonly value: string;
  /** A name or an id, to be copied. */
  readonly isCode?: boolean;
}

/** Of a summary: one plan. */
export interface Section {
  readonly title: string;
  readonly tone: Tone;
  readonly label: string;
  readonly facts: readonly Fact[];
}

export interface Notice {
  /** The same however often it is sent: whoever receives it twice can tell. */
  readonly id: string;
  readonly event: 'alert' | 'success' | 'summary' | 'test';
  readonly tone: Tone;
  /** The tone in a word or two. */
  readonly label: string;
  /** One line, at most 150 characters. */
  readonly subject: string;
  readonly headline: string;
  /** What happened and why, one to three sentences. `Words` in backticks are commands. */
  readonly lead: string;
  readonly next?: string;
  /** To its page of the web console, where there is one. */
  readonly link?: ConsoleLink;
  readonly facts: readonly Fact[];
  readonly sections: readonly Section[];
  /** About the notice itself: that more are held back. */
  readonly remark?: string;
  /** Why this recipient gets it, and how that is changed. */
  readonly reason: string;
  readonly stackName: string;
  /** ISO 8601 UTC. */
  readonly at: string;
  /** The same for programs: what a webhook gets beside the words. */
  readonly about: About;
}

export interface About extends Partial<Pick<Alert, 'kind' | 'severity' | 'state' | 'since' | 'code'>> {
  readonly planId?: string;
  /** Of several plans: those that concern this recipient, at most 200. */
  readonly planIds?: readonly string[];
  readonly backupId?: string;
  readonly correlationId?: string;
  /** Of a summary. */
  readonly plans?: readonly unknown[];
}

const longestSubject = 150;

/** One line without control characters. */
export function subjectLine(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line.length <= longestSubject ? line : `${line.slice(0, longestSubject - 1)}…`;
}

/** At most so many characters, the last an ellipsis where some are missing. */
export function cut(text: string, most: number): string {
  // By code points: half of one is no character.
  const characters = [...text.slice(0, most + 1)];
  return text.length <= most ? text : `${characters.slice(0, most - 2).join('')}…`;
}

/** `2026-11-21 02:00 UTC`. */
export function clockTime(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
