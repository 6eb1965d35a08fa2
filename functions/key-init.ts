/**
 * Custom resource behind the CDK provider framework: makes the first keys at deployment if there are none, and what a
 * ring of an earlier release has not: the operator's signing key, the index key. Never changes a key that is there, and its answer holds no key material (the framework logs it).
 */
import { z } from 'zod';
import { secretsManagerKeyStore } from '../adapters/secrets/key-secret-store.ts';
import { secretsManagerClient } from '../adapters/secrets/secrets-manager.ts';
import { initialiseKeyRing } from '../core/keys/initialise.ts';
import { parse } from '../core/parse.ts';

const secretId = z.string().min(1).max(2048);

const environmentSchema = z.object({
  HOLDFAST_SECRET_PUBLIC: secretId,
  HOLDFAST_SECRET_PRIVATE: secretId,
  HOLDFAST_SECRET_SIGNING_BACKUP: secretId,
  HOLDFAST_SECRET_SIGNING_VERIFY: secretId,
  HOLDFAST_SECRET_SIGNING_OPERATOR: secretId,
  HOLDFAST_SECRET_INDEX: secretId,
});

/** CloudFormation's event has more fields, and new ones over time; this one alone decides. */
const eventSchema = z.object({ RequestType: z.enum(['Create', 'Update', 'Delete']) });

/** Constant, so that CloudFormation never sees a replacement and never deletes the old one. */
const PHYSICAL_RESOURCE_ID = 'holdfast-key-ring';

export interface KeyInitResponse {
  readonly PhysicalResourceId: string;
  readonly Data?: { readonly currentKeyId: string };
}

export async function handler(event: unknown): Promise<KeyInitResponse> {
  const { RequestType } = parse(eventSchema, event, 'custom resource event');
  if (RequestType === 'Delete') return { PhysicalResourceId: PHYSICAL_RESOURCE_ID };
  const environment = parse(environmentSchema, process.env, 'environment');
  const store = secretsManagerKeyStore(secretsManagerClient(), {
    public: environment.HOLDFAST_SECRET_PUBLIC,
    private: environment.HOLDFAST_SECRET_PRIVATE,
    'signing-backup': environment.HOLDFAST_SECRET_SIGNING_BACKUP,
    'signing-verify': environment.HOLDFAST_SECRET_SIGNING_VERIFY,
    'signing-operator': environment.HOLDFAST_SECRET_SIGNING_OPERATOR,
    index: environment.HOLDFAST_SECRET_INDEX,
  });
  const { currentKeyId } = await initialiseKeyRing(store, new Date());
  return { PhysicalResourceId: PHYSICAL_RESOURCE_ID, Data: { currentKeyId } };
}
