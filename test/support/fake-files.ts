/**
 * A source of files that obeys the contract of core/ports/source.ts without a file system, in each of the modes:
 * contents are texts by path, each changed one becomes a pack of its own, the list of all is the index, written last.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Segment } from '../../core/manifest.ts';
import type { Source } from '../../core/plan.ts';
import type { Basis, PlannedSegment, SourceDriver, SourceSession } from '../../core/ports/source.ts';

/** Of each source by name, its files: texts by path. Change them between two runs. */
export type FakeFiles = Record<string, Record<string, string>>;

interface Entry {
  readonly text: string;
  readonly pack: Segment;
}
type Index = Record<string, Entry>;

export interface FakeFilesWatch {
  /** Called when a segment is asked for, before it is handed out. */
  readonly onPull?: (name: string) => void | Promise<void>;
  /** Called as a segment is being read. */
  readonly onDump?: (source: string, name: string, signal: AbortSignal) => void | Promise<void>;
  /** Called before anything of the source is read, with the base that it may build upon. */
  readonly onOpen?: (source: string, base: string | undefined) => void | Promise<void>;
  readonly parallelism?: number;
  /** What confirm refers to instead of what the base's index says. */
  readonly references?: () => readonly Segment[];
}

export function fakeFilesDriver(files: FakeFiles, watch: FakeFilesWatch = {}): SourceDriver {
  return {
    leases: () => [],
    basis: ({ mode, fullEveryDays }): Basis | undefined =>
      mode === 'incremental' || mode === 'differential'
        ? { mode, fullEveryDays: Number(fullEveryDays ?? 30) }
        : undefined,
    targets: async ({ name }) => [{ component: name, title: `files of ${name}` }],
    test: async () => [],
    async open(source: Source, target, { base, signal }): Promise<SourceSession> {
      await watch.onOpen?.(source.name, base?.backupId);
      const before: Index = base ? await indexOf(base.open(signal)) : {};
      const now = files[source.name] ?? {};
      const changed = Object.keys(now).filter((path) => before[path]?.text !== now[path]);
      const kept = Object.entries(before).filter(([path, { text }]) => now[path] === text);
      const packs = new Map<string, Segment>();
      let packed: () => void = () => {};
      const allPacked = new Promise<void>((resolve) => {
        packed = resolve;
      });
      if (changed.length === 0) packed();

      async function* segments(): AsyncGenerator<PlannedSegment> {
        const segment = (index: number, name: string, role: 'pack' | 'index') => ({
          index,
          name,
          role,
          encoding: role === 'pack' ? 'fake-pack' : 'fake-index',
          section: role === 'pack' ? 'data' : 'index',
          estimatedBytes: 100,
          wholeScope: false,
        });
        for (const [at, path] of changed.entries()) {
          await watch.onPull?.(path);
          yield segment(at + 1, path, 'pack');
        }
        yield segment(0, 'index', 'index');
      }

      async function* bytesOf({ name, role }: PlannedSegment, stop: AbortSignal) {
        await watch.onDump?.(source.name, name, stop);
        stop.throwIfAborted();
        if (role === 'pack') yield Buffer.from(now[name] ?? '');
        else {
          await allPacked;
          const own = [...packs].map(([path, pack]): [string, Entry] => [
            path,
            { text: now[path] ?? '', pack },
          ]);
          yield Buffer.from(JSON.stringify(Object.fromEntries([...kept, ...own])));
        }
      }

      return {
        target,
        sourceBytes: Object.values(now).join('').length,
        parallelism: watch.parallelism ?? 2,
        segments: segments(),
        tools: { fake: '1' },
        warnings: [],
        dump: (segment, stop) => ({ output: bytesOf(segment, stop), contents: () => ({}) }),
        stored(segment) {
          if (segment.role !== 'pack') return;
          packs.set(segment.name, segment);
          if (packs.size === changed.length) packed();
        },
        evidence: async () => ({ level: 'none' }),
        async confirm() {
          const references = watch.references?.() ?? kept.map(([, { pack }]) => pack);
          return { consistency: 'per-file', facts: {}, references: [...references], indexSegment: 0 };
        },
        close: async () => {
          packed();
          await pause(0);
        },
      };
    },
  };
}

async function indexOf(plain: AsyncIterable<Uint8Array>): Promise<Index> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of plain) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString()) as Index;
}

export const fakeFilesSource = (name: string, more: Record<string, unknown> = {}) => ({
  kind: 'fake-files',
  name,
  mode: 'incremental',
  ...more,
});
