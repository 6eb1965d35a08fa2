/**
 * A backup's guard: a number that every change after its completion counts up, so that what was decided about a row
 * is carried out only while the row is as it was then. Absent counts as 0: completing a run does not write it.
 */
import type { Guarded } from '../../core/ports/catalog.ts';
import { absent, all, any, type Condition, equals } from './expression.ts';

export const guardAttribute = 'guard';

export const isCompleted: Condition = equals('status', 'completed');

export const isAtGuard = ({ guard }: Pick<Guarded, 'guard'>): Condition =>
  guard === 0 ? any(absent(guardAttribute), equals(guardAttribute, 0)) : equals(guardAttribute, guard);

export const isAsDecided = (row: Guarded): Condition => all(isCompleted, isAtGuard(row));
