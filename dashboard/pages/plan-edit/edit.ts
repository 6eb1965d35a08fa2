/** What the parts of the form share: the plan as it is now, a way to change a field of it, and what is wrong with one. */
import { createContext, useContext } from 'react';
import type { FieldIssue } from '../../api/problem.ts';
import { at, type Fields, isSame, type Value } from './draft.ts';

export interface Edit {
  readonly draft: Fields;
  readonly isNew: boolean;
  /** `sources.0.secret`; undefined takes the field out. */
  set(path: string, value: Value): void;
  readonly issues: readonly FieldIssue[];
}

export const EditContext = createContext<Edit | undefined>(undefined);

export function useEdit(): Edit {
  const found = useContext(EditContext);
  if (!found) throw new Error('useEdit outside of EditContext');
  return found;
}

/** Of the field, or of what is in it. */
export function errorAt(issues: readonly FieldIssue[], path: string): string | undefined {
  return issues.find(({ field }) => field === path || field.startsWith(`${path}.`))?.allowed;
}

/** Of the field itself. */
export function errorOf(issues: readonly FieldIssue[], path: string): string | undefined {
  return issues.find(({ field }) => field === path)?.allowed;
}

/** Those that still stand: what was changed since it was looked at may be right by now. */
export function standing(issues: readonly FieldIssue[], looked: Value, draft: Value): readonly FieldIssue[] {
  return issues
    .map((issue) => ({ ...issue, field: issue.field.replace(/^plan\.(?=.)/, '') }))
    .filter(({ field }) => isSame(at(looked, field), at(draft, field)));
}
