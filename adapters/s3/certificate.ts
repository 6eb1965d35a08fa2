/** Why Node does not accept the certificate of an endpoint, told as what a person does about it. */

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes, and the name that does not fit. */
const ofAuthority =
  /^(SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE|CERT_CHAIN_TOO_LONG|CERT_REJECTED|INVALID_CA)/;
const ofName = /^(ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/;
const ofTime = /^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID)$/;

/** The next step; undefined when it is not about a certificate. */
export function certificateAdvice(thrown: unknown): string | undefined {
  const code = (thrown as { readonly code?: unknown } | undefined)?.code;
  if (typeof code !== 'string') return undefined;
  if (ofAuthority.test(code))
    return 'Put the certificate of the authority that signed the one of the endpoint, as PEM, into `ca` of the secret with its address (the public ones, or what is there, did not sign it).';
  if (ofName.test(code))
    return 'The certificate of the endpoint is for other names: write one of these into `endpoint` of its secret, or have one made for this name.';
  if (ofTime.test(code)) return 'Renew the certificate of the endpoint, and look at the clocks at both ends.';
  return undefined;
}
