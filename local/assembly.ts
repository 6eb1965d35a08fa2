/** The stacks that the CDK has written down, as they are to be deployed. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TemplateResource } from './template-gaps.ts';

export interface SynthesisedStack {
  readonly stackName: string;
  readonly region: string;
  readonly template: { readonly Resources: Readonly<Record<string, TemplateResource>> };
  readonly hash: string;
}

interface Artifact {
  readonly type: string;
  /** `aws://000000000000/us-east-1` */
  readonly environment?: string;
  readonly properties?: { readonly templateFile?: string; readonly stackName?: string };
  readonly dependencies?: readonly string[];
}

/**
 * The stacks that were synthesised, what others depend on first. A template names assets by content: its hash stands
 * for everything.
 */
export async function readAssembly(dir: string): Promise<SynthesisedStack[]> {
  const manifest: { artifacts: Record<string, Artifact> } = JSON.parse(
    await readFile(join(dir, 'manifest.json'), 'utf8'),
  );
  const stacks = Object.entries(manifest.artifacts).filter(
    ([, { type }]) => type === 'aws:cloudformation:stack',
  );
  const names = stacks.map(([name]) => name);
  const needed = ({ dependencies = [] }: Artifact) =>
    dependencies.filter((one) => names.includes(one)).length;
  // Two levels at most: the product, and the bucket of its second copy.
  stacks.sort(([, a], [, b]) => needed(a) - needed(b));
  return Promise.all(
    stacks.map(async ([name, { properties, environment }]) => {
      const text = await readFile(join(dir, properties?.templateFile ?? ''), 'utf8');
      return {
        stackName: properties?.stackName ?? name,
        region: environment?.split('/').at(-1) ?? '',
        template: JSON.parse(text),
        hash: createHash('sha256').update(text).digest('hex'),
      };
    }),
  );
}
