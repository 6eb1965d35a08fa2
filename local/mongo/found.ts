/** What this machine has of MongoDB's programs, and why it has none, in a line. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where a program of that name is on PATH. */
export function onPath(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(':')
    .filter((dir) => dir.startsWith('/'))
    .map((dir) => join(dir, name))
    .find((path) => existsSync(path));
}

/** The first line of what went wrong, for a message that must stay short. */
export function inOneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n').slice(0, 2).join(' ').slice(0, 300);
}
