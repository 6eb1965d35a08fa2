/** The PostgreSQL programs, as layers/postgres builds them, below /opt of the functions that need them. */
import { existsSync } from 'node:fs';
import { Architecture, Code, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

export interface ToolsLayerProps {
  /** A zip, or a folder that is zipped as it is, laid out for /opt. */
  readonly path: string;
  readonly architecture: 'x86_64' | 'arm64';
}

export class ToolsLayer extends Construct {
  readonly layer: LayerVersion;

  constructor(scope: Construct, id: string, { path, architecture }: ToolsLayerProps) {
    super(scope, id);
    if (!existsSync(path)) {
      throw new Error(
        `layerPath is ${JSON.stringify(path)}: must be the layer's zip, or a folder; make it with layers/postgres/build.ts`,
      );
    }
    this.layer = new LayerVersion(this, 'Layer', {
      description: `PostgreSQL client and server for Holdfast (${architecture})`,
      code: Code.fromAsset(path),
      compatibleArchitectures: [architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64],
      compatibleRuntimes: [Runtime.NODEJS_24_X],
      license: 'PostgreSQL, and those in share/licenses',
    });
  }
}
