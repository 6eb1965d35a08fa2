/** What a restore works with beyond what all functions share: the second copy, where the stack has one. */
import { furtherVaultNamed } from '../adapters/further-vault.ts';
import { s3Client } from '../adapters/s3/client.ts';
import { s3Vault } from '../adapters/s3/vault.ts';
import type { Plan } from '../core/plan.ts';
import type { Vault } from '../core/ports/vault.ts';
import type { Environment } from './environment.ts';
import { wire } from './wiring.ts';

export function wireRestore() {
  const wiring = wire();
  return {
    ...wiring,
    replica: replicaVault(wiring.environment),
    furtherVault: (name: string, plan: Plan) => wiring.openFurther(furtherVaultNamed(name, plan)),
  };
}
export type RestoreWiring = ReturnType<typeof wireRestore>;

/** Read only: the role may do no more. */
function replicaVault(environment: Environment): Vault | undefined {
  const { HOLDFAST_REPLICA_BUCKET: bucket, HOLDFAST_REPLICA_PREFIX: prefix } = environment;
  if (bucket === undefined) return undefined;
  return s3Vault({ client: s3Client({ region: environment.HOLDFAST_REPLICA_REGION }), bucket, prefix });
}
