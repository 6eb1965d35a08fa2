/** Failures of AWS calls that the command line makes itself, in Holdfast's words. */
import { HoldfastError, InvalidInput } from '../../core/errors.ts';

const refusals = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthorizationError',
  'AuthorizationErrorException',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
]);
const expired = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'CredentialsProviderError',
  'TokenProviderError',
]);

/** `action` names the permission, like `lambda:InvokeFunction on Holdfast-Backup`. */
export function awsError(thrown: unknown, action: string): HoldfastError {
  if (thrown instanceof HoldfastError) return thrown;
  const name = thrown instanceof Error ? thrown.name : '';
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (expired.has(name)) {
    return new HoldfastError('ACCESS_DENIED', `${action}: there are no valid AWS credentials`, {
      cause: thrown,
      next: 'Sign in (`aws sso login`), or set AWS_PROFILE or the AWS_ACCESS_KEY_ID variables.',
    });
  }
  if (refusals.has(name)) {
    return new HoldfastError('ACCESS_DENIED', `${action} was refused`, {
      cause: thrown,
      next: 'Give the caller this permission; docs/operations.md lists what the command line needs.',
    });
  }
  if (/region is missing/i.test(message)) {
    return new InvalidInput('command line', [
      { field: '--region', allowed: 'a region, here or in AWS_REGION or the profile' },
    ]);
  }
  return new HoldfastError('INTERNAL', `${action} failed: ${message}`, {
    cause: thrown,
    next: 'AWS did not answer as it should: check region, endpoint and network, and try again.',
  });
}

export function isNamed(thrown: unknown, ...names: string[]): boolean {
  return thrown instanceof Error && names.includes(thrown.name);
}
