/** Describes the CDK app: reads the options, bundles the functions, finds the layers, and makes the stacks. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { mongoLayerZip } from '../layers/mongo/build.ts';
import { builtDashboard } from '../local/build-dashboard.ts';
import { postgresLayerZip } from '../local/tools.ts';
import { bundleFunctions, functionNames } from './bundle.ts';
import { parseStackOptions } from './options.ts';
import { hasConsole } from './options-console.ts';
import { optionsFromContext } from './options-context.ts';
import { addStacks } from './stacks.ts';

export interface AppSettings {
  /** Where the functions' entry files are. Default: functions/ of this repository. */
  readonly functionsDir?: string;
  /** Whether the console's files are uploaded by the deployment. Default true. */
  readonly uploadsConsole?: boolean;
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
    const onProgress = (line: string) => console.error(line);
    const servesConsole = hasConsole(options) && options.console.url === undefined;
    const [code, layerPath, mongoLayerPath, consoleDir] = await Promise.all([
      bundleFunctions(functionNames, { outDir: bundles, functionsDir: settings.functionsDir }),
      options.layerPath ?? postgresLayerZip(options.architecture, { onProgress }),
      options.mongodb
        ? (options.mongoLayerPath ?? mongoLayerZip(options.architecture, { onProgress }))
        : undefined,
      servesConsole && settings.uploadsConsole !== false ? builtDashboard({ onProgress }) : undefined,
    ]);
    addStacks(app, { options, code, layerPath, mongoLayerPath, consoleDir });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    app.synth();
  } finally {
    // The CDK has copied them into its output.
    rmSync(bundles, { recursive: true, force: true });
  }
}
