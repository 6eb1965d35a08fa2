/** What somebody asks for, as the order that a restore carries out, and in words that say what will happen. Pure. */
import { type RestoreOrder, restoreOrderSchema } from '../events.ts';
import { compactTime } from '../format/layout.ts';
import { parse } from '../parse.ts';
import type { BackupRow } from '../ports/catalog.ts';
import type { Destruction, RestoreRequest } from '../ports/recovery.ts';
import { parseOptions, takesOption } from '../restore/options.ts';
import { type Called, inOptions } from './called.ts';
import type { RestoredKind } from './restore-kind.ts';
import { headOf, type KindSteps, stepsOf, whatText } from './restore-words.ts';

/** What a person chooses; what is left out is the order's or the kind's default. */
export type RestoreWish = Partial<
  Pick<RestoreOrder, 'component' | 'replace' | 'compare' | 'options' | 'from' | 'returnSpeed'>
>;

/** Options that take away what is there, of whatever kind. */
export const destructiveOptions: readonly string[] = ['drop', 'usersAndRoles', 'overwrite'];

/** The order, or InvalidInput naming its field. Where the kind is known, so is what it takes. */
export function orderOf(
  row: Pick<BackupRow, 'planId' | 'backupId'>,
  wish: RestoreWish,
  kind: RestoredKind | undefined,
  called: Called,
): RestoreOrder {
  const { component, replace, compare, options = {}, from, returnSpeed } = wish;
  if (kind) requireOptions(kind, options, called);
  const order = {
    planId: row.planId,
    backupId: row.backupId,
    component,
    replace,
    compare,
    options,
    from,
    returnSpeed,
  };
  return withPlace(parse(restoreOrderSchema, order, 'restore'), kind);
}

/** The kind names its options in the sentence that lists them: there they have the reader's names at once. */
function requireOptions(
  { kind, facts }: RestoredKind,
  options: Record<string, unknown>,
  called: Called,
): void {
  const inSentence = (name: string) => called(`options.${name}`);
  inOptions(() => parseOptions(kind, facts.restoreOptions, options, inSentence));
}

/**
 * One that destroys carries where: the restore goes there and nowhere else, also when the source of the plan is another
 * one today than when the backup was made.
 */
function withPlace(order: RestoreOrder, kind: RestoredKind | undefined): RestoreOrder {
  const destruction = destructionOf(order, kind);
  if (!destruction || !kind?.source) return order;
  const { secret } = kind.source;
  const named = takesOption(kind.facts.restoreOptions, 'secret') && typeof secret === 'string';
  return {
    ...order,
    options: named ? { secret, ...order.options } : order.options,
    confirmed: [...destruction.places],
  };
}

/** What it takes away of what is there; where it is not known of what source, without the places. */
export function destructionOf(order: RestoreOrder, kind: RestoredKind | undefined): Destruction | undefined {
  const source = kind?.source;
  if (kind && source) return inOptions(() => kind.facts.destroys(source, requestOf(order, kind)));
  if (!order.replace && !destructiveOptions.some((name) => order.options[name] === true)) return undefined;
  return { words: ['What is there today is REPLACED by what was backed up.'], places: [], kept: false };
}

/** The order as the kind is asked about it, before it starts: at a time that is no real one. */
export function requestOf(order: RestoreOrder, kind: Pick<RestoredKind, 'kind' | 'facts'>): RestoreRequest {
  return {
    options: parseOptions(kind.kind, kind.facts.restoreOptions, order.options),
    replace: order.replace,
    compare: order.compare,
    requestedAt: beforehand,
  };
}

const beforehand = '2000-01-01T00:00:00.000Z';

/** `r-20261121t020000z-3f9a1c22`. `random` is 8 hex characters. */
export function restoreIdFor(nowIso: string, random: string): string {
  return `r-${compactTime(nowIso).toLowerCase()}-${random}`;
}

/** What will happen, in order, before anything does. */
export function describeOrder(
  row: BackupRow,
  order: RestoreOrder,
  kind: RestoredKind | undefined,
  called: Called,
): { readonly head: string; readonly steps: readonly string[]; readonly target?: string } {
  const kindSteps = kindStepsOf(order, kind);
  return {
    head: headOf(row, order),
    steps: stepsOf(order, destructionOf(order, kind), kindSteps, called),
    ...(kindSteps && { target: kindSteps.target }),
  };
}

/** As the kind says it, with <name> and <time> for what is not known yet; undefined where the kind is not. */
function kindStepsOf(order: RestoreOrder, kind: RestoredKind | undefined): KindSteps | undefined {
  const source = kind?.source;
  if (!kind || !source) return undefined;
  const { facts } = kind;
  return inOptions(() => {
    const request = requestOf(order, kind);
    const component = { name: order.component ?? source.name, source: source.name, title: '<name>' };
    const words = { target: facts.describeTarget(component, source, request), what: whatText(order) };
    const { going, ending } = facts.describeSteps?.(request, words) ?? {};
    return {
      target: withoutTime(words.target),
      ...(going && ending && { steps: { going: going.map(withoutTime), ending: ending.map(withoutTime) } }),
    };
  });
}

function withoutTime(text: string): string {
  return text.replaceAll(new RegExp(compactTime(beforehand), 'gi'), '<time>');
}
