/** Plans from files: YAML or JSON, several documents in a file, several files in a folder. All are parsed before one is used. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LineCounter, parseAllDocuments } from 'yaml';
import { parsePlan } from '../adapters/kinds.ts';
import { HoldfastError, InvalidInput } from '../core/errors.ts';
import type { Plan } from '../core/plan.ts';

/** A plan is a page of text; a file beyond this is not one. */
const maxFileBytes = 1024 * 1024;
const maxFiles = 1000;
const maxPlans = 1000;
const endings = ['.yaml', '.yml', '.json'];

export interface PlanDocument {
  readonly plan: Plan;
  /** For messages: `plans/db.yaml`, with the document's number when there are several. */
  readonly from: string;
}

/**
 * Every plan in a file, or in the .yaml, .yml and .json files of a folder (not below it), in order of file name.
 * Throws InvalidInput naming file, document and field, also for two plans with one id.
 */
export async function readPlans(path: string): Promise<readonly PlanDocument[]> {
  const found: PlanDocument[] = [];
  for (const file of await planFiles(path)) found.push(...parsePlanText(await readText(file), file));
  if (found.length === 0) throw refused(path, 'holds no plan');
  if (found.length > maxPlans)
    throw refused(path, `holds ${found.length} plans; at most ${maxPlans} at a time`);
  refuseTwins(found);
  return found;
}

/** The plans in one text. `from` names it in errors. */
export function parsePlanText(text: string, from: string): readonly PlanDocument[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { uniqueKeys: true, lineCounter: lines });
  const several = documents.length > 1;
  const found: PlanDocument[] = [];
  for (const [at, document] of documents.entries()) {
    const name = several ? `${from}, document ${at + 1}` : from;
    const [error] = document.errors;
    if (error) {
      const { line, col } = lines.linePos(error.pos[0]);
      throw refused(name, `is not YAML: line ${line}, column ${col}: ${error.message.split('\n')[0]}`);
    }
    // A bound on aliases: a few lines of them can stand for gigabytes.
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    // `---` at the end, or a file of comments.
    if (value !== null && value !== undefined) found.push({ plan: parseNamed(value, name), from: name });
  }
  return found;
}

function parseNamed(value: unknown, name: string): Plan {
  try {
    return parsePlan(value);
  } catch (thrown) {
    if (thrown instanceof InvalidInput) throw new InvalidInput(`plan in ${name}`, thrown.issues);
    throw thrown;
  }
}

async function planFiles(path: string): Promise<readonly string[]> {
  const kind = await stat(path).catch((cause: unknown) => {
    throw refused(path, 'cannot be read: it must be a file or a folder', cause);
  });
  if (!kind.isDirectory()) return [path];
  const names = (await readdir(path))
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .sort();
  if (names.length > maxFiles) throw refused(path, `holds ${names.length} files; at most ${maxFiles}`);
  return names.map((name) => join(path, name));
}

async function readText(file: string): Promise<string> {
  const { size } = await stat(file);
  if (size > maxFileBytes) throw refused(file, `is ${size} bytes long; at most ${maxFileBytes}`);
  return readFile(file, 'utf8');
}

function refuseTwins(documents: readonly PlanDocument[]): void {
  const seen = new Map<string, string>();
  for (const { plan, from } of documents) {
    const before = seen.get(plan.id);
    if (before !== undefined)
      throw refused(from, `has the plan id ${plan.id}, which is in ${before} as well`);
    seen.set(plan.id, from);
  }
}

function refused(path: string, why: string, cause?: unknown): HoldfastError {
  return new HoldfastError('INVALID_INPUT', `${path} ${why}`, {
    cause,
    next: 'Correct the file named with -f; docs/plans.md lists every field.',
  });
}
