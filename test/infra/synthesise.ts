/** Synthesises the stack for tests, with stand-ins for the bundles and the layer, so that it takes no build. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { type FunctionName, functionNames } from '../../infra/bundle.ts';
import { parseStackOptions } from '../../infra/options.ts';
import { addStacks } from '../../infra/stacks.ts';

const standIns = mkdtempSync(join(tmpdir(), 'holdfast-infra-'));

function standIn(name: string): string {
  const dir = join(standIns, name);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'index.mjs'), `export const handler = async () => '${name}';\n`);
  return dir;
}

export const standInCode = Object.fromEntries(functionNames.map((name) => [name, standIn(name)])) as Record<
  FunctionName,
  string
>;
export const standInLayer = standIn('layer');

/** A console of two files, to be uploaded. */
export function standInConsole(): string {
  const dir = standIn('console');
  mkdirSync(join(dir, 'assets'), { recursive: true });
  writeFileSync(join(dir, 'index.html'), '<!doctype html><title>Holdfast</title>');
  writeFileSync(join(dir, 'assets', 'main-0a1b2c3d.js'), '');
  return dir;
}

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is looked into field by field, and a wrong guess fails the test
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly DependsOn?: readonly string[];
}

export interface Synthesised {
  readonly app: App;
  readonly stack: Stack;
  readonly template: Template;
  readonly resources: Readonly<Record<string, Resource>>;
  /** Of the stack that makes the bucket of the second copy. */
  readonly replica: Readonly<Record<string, Resource>> | undefined;
}

/** Without the console's files, whose upload takes the CDK a while: `consoleDir` brings them. */
export function synthesise(options: unknown = {}, consoleDir?: string): Synthesised {
  // The flags of cdk.json, since they change the template, and what is wrong with it becomes an error.
  const app = new App({ context: { ...cdkJson.context, holdfast: undefined } });
  const { holdfast, replica } = addStacks(app, {
    options: parseStackOptions(options),
    code: standInCode,
    layerPath: standInLayer,
    mongoLayerPath: standInLayer,
    ...(consoleDir !== undefined && { consoleDir }),
  });
  const template = Template.fromStack(holdfast);
  return {
    app,
    stack: holdfast,
    template,
    resources: template.toJSON().Resources,
    replica: replica && Template.fromStack(replica).toJSON().Resources,
  };
}
