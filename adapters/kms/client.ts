/**
 * What of the SDK of KMS is needed, as a module of its own: whoever loads this one later than the rest (keyring.ts) gets
 * these three and not the whole package, which a bundle would otherwise have to hold.
 */
export { DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
