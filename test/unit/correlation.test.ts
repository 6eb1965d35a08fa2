/** The one id by which everything of a run is found. */
import { expect, test } from 'vitest';
import { correlationOf } from '../../core/correlation.ts';

test.each([
  ['what a person asked for keeps its own', { task: 'backup-now', correlationId: 'api-1' }, 'api-1'],
  ['a schedule is named after its invocation', { task: 'backup', planId: 'shop' }, 'sched-r-1'],
  ['a message of a topic after the invocation alone', { Records: [] }, 'r-1'],
  ['an event that is none, too', 'hello', 'r-1'],
  ['what would break a line or a search is not taken', { task: 'x', correlationId: 'a\nb' }, 'sched-r-1'],
  ['nor what is too long', { task: 'x', correlationId: 'a'.repeat(101) }, 'sched-r-1'],
])('%s', (_, event, id) => {
  expect(correlationOf(event, 'r-1')).toBe(id);
});
