/** A certificate that is not accepted: told alike of a vault, of a source and of a target. */
import { expect, test } from 'vitest';
import { bucketError } from '../../../adapters/files/bucket-errors.ts';
import { asked } from '../../../adapters/files/write-bucket-call.ts';
import { fromS3 } from '../../../adapters/s3/errors.ts';

const thrown = (code: string) => Object.assign(new Error('as Node says it'), { code });

test.each([
  ['SELF_SIGNED_CERT_IN_CHAIN', /PEM, into `ca` of the secret/],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /PEM, into `ca` of the secret/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', /for other names/],
  ['CERT_HAS_EXPIRED', /Renew the certificate/],
])('%s says what to do', async (code, next) => {
  const ofVault = fromS3(thrown(code), 's3:HeadObject', 'key');
  expect(ofVault).toMatchObject({ code: 'VAULT_UNAVAILABLE', next: expect.stringMatching(next) });
  expect(ofVault.message).toContain(code);
  expect(bucketError(ofVault, 'uploads')).toMatchObject({
    code: 'SOURCE_TLS',
    next: expect.stringMatching(next),
  });
  const call = async () => {
    throw ofVault;
  };
  const asking = asked({ call }, 's3:PutObject', 'key', new AbortController().signal, async () => ({}));
  await expect(asking).rejects.toMatchObject({
    code: 'RESTORE_FAILED',
    next: expect.stringMatching(next),
  });
});

test('other failures of a connection are not about certificates', () => {
  expect(fromS3(thrown('ECONNREFUSED'), 's3:HeadObject', 'key').message).not.toContain('certificate');
});
