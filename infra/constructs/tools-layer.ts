/** Programs of databases, as a folder of layers/ builds them, below /opt of the functions that need them. */
import { existsSync } from 'node:fs';
import { Architecture, Code, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

export interface ToolsLayerProps {
  /** A zip, or a folder that is zipped as it is, laid out for /opt. */
  readonly path: string;
  readonly architecture: 'x86_64' | 'arm64';
  /** Default: PostgreSQL's. */
  readonly contents?: ToolsContents;
}

export interface ToolsContents {
  /** The option that names the path, for who gets it wrong. */
  readonly option: string;
  readonly builder: string;
  readonly description: string;
  readonly license: string;
}

const postgres: ToolsContents = {
  option: 'layerPath',
  builder: 'layers/postgres/build.ts',
  description: 'PostgreSQL client and server for Holdfast',
  license: 'PostgreSQL, and those in share/licenses',
};

export const mongoTools: ToolsContents = {
  option: 'mongoLayerPath',
  builder: 'layers/mongo/build.ts',
  description: 'MongoDB Database Tools for Holdfast',
  license: 'Apache-2.0',
};

export class ToolsLayer extends Construct {
  readonly layer: LayerVersion;

  constructor(scope: Construct, id: string, { path, architecture, contents = postgres }: ToolsLayerProps) {
    super(scope, id);
    if (!existsSync(path)) {
      throw new Error(
        `${contents.option} is ${JSON.stringify(path)}: must be the layer's zip, or a folder; make it with ${contents.builder}`,
      );
    }
    this.layer = new LayerVersion(this, 'Layer', {
      description: `${contents.description} (${architecture})`,
      code: Code.fromAsset(path),
      compatibleArchitectures: [architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64],
      compatibleRuntimes: [Runtime.NODEJS_24_X],
      license: contents.license,
    });
  }
}
