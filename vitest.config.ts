import { configDefaults, defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

/**
 * What changes its own process (environment, trust, heap), measures it, or runs so long that loading hardly counts:
 * each file in a process of its own.
 */
const apart = [
  'test/e2e/**/*.test.ts',
  'test/console/**/*.test.ts',
  'test/docs/**/*.test.ts',
  'test/toolchain/**/*.test.ts',
  'test/postgres/**/*.test.ts',
  'test/simulation/**/*.test.ts',
  'test/infra/deploy-local.test.ts',
  'test/unit/postgres-recovery/memory.test.ts',
];

/** What measures how quick a page is, after all others: two cores that do something else tell nothing. */
const alone = ['test/console/budget.test.ts'];

const everyFile = {
  // Real servers and processes: two cores run two files at a time well.
  pool: 'forks',
  testTimeout: 60_000,
  hookTimeout: 180_000,
} as const;

export default defineConfig({
  test: {
    maxWorkers: 2,
    globalSetup: ['test/support/global-setup.ts'],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: { ...everyFile, name: 'apart', include: apart, exclude: [...configDefaults.exclude, ...alone] },
      },
      { test: { ...everyFile, name: 'alone', include: alone, sequence: { groupOrder: 1 } } },
      {
        test: {
          ...everyFile,
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...apart],
          // Loading the same modules for every file anew is most of the time of the quick ones.
          isolate: false,
          // What a test sets for itself must not reach the next file of its worker.
          restoreMocks: true,
          unstubEnvs: true,
          unstubGlobals: true,
        },
      },
    ],
  },
});
