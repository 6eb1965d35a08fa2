/** What cleanup works with beyond what all functions share: marks, and starting itself and adopt. */
import { lambdaStarter } from '../adapters/lambda/starter.ts';
import { s3Keeping } from '../adapters/s3/keeping.ts';
import { s3Vault } from '../adapters/s3/vault.ts';
import { wire } from './wiring.ts';

export function wireCleanup() {
  const wiring = wire();
  const { environment, s3 } = wiring;
  return {
    ...wiring,
    // It looks whether manifests are there; with the checksums it would need the right to decrypt backups.
    vault: s3Vault({
      client: s3,
      bucket: environment.HOLDFAST_VAULT_BUCKET,
      prefix: environment.HOLDFAST_VAULT_PREFIX,
      checksums: false,
    }),
    keeping: s3Keeping({
      client: s3,
      bucket: environment.HOLDFAST_VAULT_BUCKET,
      prefix: environment.HOLDFAST_VAULT_PREFIX,
    }),
    starter: lambdaStarter({
      functions: {
        adopt: environment.HOLDFAST_ADOPT_FUNCTION,
        // Itself, to go on when time is up: the stack cannot tell a function its own name, Lambda does.
        cleanup: process.env.AWS_LAMBDA_FUNCTION_NAME,
      },
    }),
  };
}
export type CleanupWiring = ReturnType<typeof wireCleanup>;
