/**
 * The order of the test files: the longest first, so that the workers end together, and those that share a worker's
 * modules one after the other.
 */
import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** Seconds on a quiet machine of two cores, where it is more than a few; what is not here comes after. */
const seconds: readonly (readonly [path: string, seconds: number])[] = [
  ['test/e2e/console', 110],
  ['test/e2e/sources', 100],
  ['test/e2e/stack', 95],
  ['test/e2e/broken', 90],
  ['test/docs/recovery', 70],
  ['test/infra/deploy-local', 60],
  ['test/postgres/dump.test', 55],
  ['test/e2e/copies', 50],
  ['test/simulation/histories', 45],
  ['test/postgres/drill', 40],
  ['test/docs/without-holdfast', 30],
  ['test/infra/bundle.test', 20],
  ['test/toolchain/postgres-server', 15],
  ['test/postgres/restore.test', 15],
];

function expectedSeconds({ moduleId }: TestSpecification): number {
  return seconds.find(([path]) => moduleId.includes(`/${path}`))?.[1] ?? 0;
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // What vitest knows of their times and sizes decides among the others.
    const usual = await super.sort(files);
    const apart = ({ project }: TestSpecification) => Number(project.name === 'apart');
    return usual
      .map((file, at) => ({ file, at }))
      .sort(
        (a, b) =>
          expectedSeconds(b.file) - expectedSeconds(a.file) || apart(b.file) - apart(a.file) || a.at - b.at,
      )
      .map(({ file }) => file);
  }
}
