/** Describes the CDK app: reads the options, bundles the functions, finds the layer, and makes the stacks. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { postgresLayerZip } from '../local/tools.ts';
import { bundleFunctions, functionNames } from './bundle.ts';
import { parseStackOptions } from './options.ts';
import { optionsFromContext } from './options-context.ts';
import { addStacks } from './stacks.ts';

export interface AppSettings {
  /** Where the functions' entry files are. Default: functions/ of this repository. */
  readonly functionsDir?: string;
}

/**
 * Synthesises into the directory that the CDK command line asks for, and fails when cdk-nag finds anything.
 * Throws InvalidInput for options that are wrong.
 */
export async function synthesiseApp(settings: AppSettings = {}): Promise<void> {
  const app = new App();
  const options = parseStackOptions(optionsFromContext(app.node.getAllContext()));
  const bundles = mkdtempSync(join(tmpdir(), 'holdfast-bundles-'));
  try {
    const [code, layerPath] = await Promise.all([
      bundleFunctions(functionNames, { outDir: bundles, functionsDir: settings.functionsDir }),
      options.layerPath ??
        postgresLayerZip(options.architecture, { onProgress: (line) => console.error(line) }),
    ]);
    addStacks(app, { options, code, layerPath });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    app.synth();
  } finally {
    // The CDK has copied them into its output.
    rmSync(bundles, { recursive: true, force: true });
  }
}
