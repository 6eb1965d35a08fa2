/**
 * What came of a restore, as a list shows it: short, since a page has up to 200 of them and an answer 6 MB (AWS Lambda quotas,
 * synchronous payload). The restore itself shows the whole. Pure.
 */
import { cutLines } from '../comparison-cut.ts';
import { jsonBytes } from '../hold-request.ts';
import type { RestoreRow } from '../ports/catalog.ts';

type Result = NonNullable<RestoreRow['result']>;

const mostBytes = 20_000;
const mostLines = 5;

/** Without what each side has of each thing; and where it is still long, with the first lines of its lists. */
export function listedResult({ comparison, ...rest }: Result): Result {
  const slim = isObject(comparison)
    ? { ...rest, comparison: withoutItems(comparison) }
    : { ...rest, comparison };
  if (jsonBytes(slim) <= mostBytes) return slim;
  const { comparison: compared } = slim;
  return { ...shortened(rest), ...(isObject(compared) && { comparison: shortened(compared) }) };
}

/** Another release may have written something else there. */
function isObject(value: unknown): value is Result {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withoutItems({ items: _items, itemsLeft: _left, ...comparison }: Result): Result {
  return comparison;
}

function shortened(value: Result): Result {
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, Array.isArray(each) ? cutList(each) : each]),
  );
}

function cutList(list: readonly unknown[]): readonly unknown[] {
  const texts = list.filter((each) => typeof each === 'string');
  return texts.length === list.length ? cutLines(texts, mostLines) : list.slice(0, mostLines);
}
