/**
 * Signature version 4 of requests without a body, with the key of the day made once: the SDK's signer derives anew for
 * each request what does not change, which costs more than the rest of sending it. Promises: what it signs is
 * what the SDK's signer makes of the same request (test/files/lean-get.test.ts compares).
 */
import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

export interface GetToSign {
  /** As it is sent, without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Lower case names; what is to be signed, `host` with it. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface SigningKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const EMPTY_SHA256 = hash('sha256', '');

export interface GetSigner {
  /** The headers, and those that sign them. */
  sign(request: GetToSign, keys: SigningKeys, date: Date): Record<string, string>;
}

export function getSigner(region: string, service: string): GetSigner {
  let madeFor = '';
  let signingKey: KeyObject | undefined;
  function keyOf(secret: string, day: string): KeyObject {
    if (signingKey === undefined || madeFor !== day + secret) {
      let key = Buffer.from(`AWS4${secret}`);
      for (const part of [day, region, service, 'aws4_request'])
        key = createHmac('sha256', key).update(part).digest();
      signingKey = createSecretKey(key);
      madeFor = day + secret;
    }
    return signingKey;
  }
  return {
    sign({ path, query, headers }, { accessKeyId, secretAccessKey, sessionToken }, date) {
      const time = date.toISOString().replace(/[-:]|\.\d+/g, '');
      const day = time.slice(0, 8);
      const all: Record<string, string> = {
        ...headers,
        'x-amz-content-sha256': EMPTY_SHA256,
        'x-amz-date': time,
      };
      if (sessionToken !== undefined) all['x-amz-security-token'] = sessionToken;
      const names = Object.keys(all).sort();
      const signedNames = names.join(';');
      let lines = '';
      for (const name of names) lines += `${name}:${all[name]?.trim().replace(/\s+/g, ' ')}\n`;
      const asked = `GET\n${path}\n${canonicalQuery(query)}\n${lines}\n${signedNames}\n${EMPTY_SHA256}`;
      const scope = `${day}/${region}/${service}/aws4_request`;
      const signature = createHmac('sha256', keyOf(secretAccessKey, day))
        .update(`AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash('sha256', asked)}`)
        .digest('hex');
      all.authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedNames}, Signature=${signature}`;
      return all;
    },
  };
}

function canonicalQuery(query: Readonly<Record<string, string>>): string {
  return Object.keys(query)
    .sort()
    .map((name) => `${uriEscaped(name)}=${uriEscaped(query[name] ?? '')}`)
    .join('&');
}

/** As signatures and the SDK want it: nothing but letters, digits and `-._~` stays. */
export function uriEscaped(text: string): string {
  const escaped = encodeURIComponent(text);
  return /[!'()*]/.test(escaped)
    ? escaped.replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
    : escaped;
}
