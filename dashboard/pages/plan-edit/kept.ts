/**
 * What was typed survives a reload of the page, in this tab of the browser alone. Promises: nothing secret is kept: the
 * path of a dead-man URL is one, and so may be what somebody pasted where the name of a secret belongs.
 */
import { type Fields, isFields } from './draft.ts';

export interface Kept {
  readonly draft: Fields;
  /** What it began with; absent: a new plan. */
  readonly base?: { readonly plan: Fields; readonly revision: number };
}

const place = (planId: string | undefined) => `holdfast.plan-draft.${planId ?? ''}`;

export function textOf(kept: Kept): string {
  return JSON.stringify(kept, (name, value: unknown) => {
    if (name === 'deadManUrl') return undefined;
    return name === 'secret' && typeof value === 'string' && value.includes('://') ? undefined : value;
  });
}

/** Undefined for what is none: somebody else's text. */
export function keptOf(text: string | null): Kept | undefined {
  if (text === null) return undefined;
  try {
    const found: unknown = JSON.parse(text);
    if (!isFields(found) || !isFields(found.draft)) return undefined;
    const { draft, base } = found;
    if (base === undefined) return { draft };
    if (!isFields(base) || !isFields(base.plan) || typeof base.revision !== 'number') return undefined;
    return { draft, base: { plan: base.plan, revision: base.revision } };
  } catch {
    return undefined;
  }
}

/** With the URL that the plan has now, in both: it was not kept, and so is no change. */
export function withUrl({ draft, base }: Kept, url: unknown): Kept {
  if (url === undefined) return { draft, ...(base && { base }) };
  return {
    draft: { ...draft, deadManUrl: url },
    ...(base && { base: { ...base, plan: { ...base.plan, deadManUrl: url } } }),
  };
}

export function readKept(planId: string | undefined): Kept | undefined {
  try {
    return keptOf(sessionStorage.getItem(place(planId)));
  } catch {
    return undefined;
  }
}

/** A browser that keeps nothing costs the draft upon a reload, nothing more. */
export function keep(planId: string | undefined, kept: Kept | undefined): void {
  try {
    if (kept) sessionStorage.setItem(place(planId), textOf(kept));
    else sessionStorage.removeItem(place(planId));
  } catch {}
}
