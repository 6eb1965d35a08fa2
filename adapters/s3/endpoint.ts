/**
 * Anything that speaks S3, at an endpoint of its own: its address, keys and certificate authority are one secret, so
 * that nobody can pair stored keys with a host of their own. Every address that the host's name leads to is checked
 * when a connection is made, and the connection goes to a checked one.
 */
import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { S3Client } from '@aws-sdk/client-s3';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { HoldfastError } from '../../core/errors.ts';
import { forbiddenReason } from '../addresses.ts';
import { s3Client } from './client.ts';

/** The fields of such a secret that say where and who; whoever needs more (a bucket) adds its own. */
export const endpointFields = {
  /** `https://minio.example.org:9000`; plain http only on this machine. */
  endpoint: z
    .string()
    .max(2048)
    .refine((text) => {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      return (
        (url?.protocol === 'https:' || url?.protocol === 'http:') &&
        url.username === '' &&
        url.password === '' &&
        url.pathname === '/' &&
        url.search === '' &&
        url.hash === ''
      );
    }, 'an https URL of host and port alone, without name, password, path and ?')
    // It is told: in manifests, in indexes, in logs.
    .transform((text) => new URL(text).origin),
  region: z.string().min(1).max(50).default('us-east-1'),
  accessKeyId: z.string().min(1).max(500),
  secretAccessKey: z.string().min(1).max(500),
  /** `host/bucket/key` instead of `bucket.host/key`; what most endpoints of one's own want. */
  pathStyle: z.boolean().default(true),
  /** PEM of a certificate authority of one's own, instead of the public ones. */
  ca: z
    .string()
    .max(100_000)
    .refine((text) => text.includes('-----BEGIN CERTIFICATE-----'), 'certificates as PEM')
    .optional(),
};

const endpointSchema = z.strictObject(endpointFields);
export type S3Endpoint = z.infer<typeof endpointSchema>;

/** The secret's value, parsed; SECRET_INVALID names the fields and never a value. */
export function parseEndpointSecret<T extends z.ZodType>(
  schema: T,
  text: string,
  secretId: string,
): z.output<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid(secretId, 'it is not JSON');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const why = parsed.error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`)
    .join('; ');
  throw invalid(secretId, why);
}

/** The endpoint alone, for a bucket that is named elsewhere. */
export function parseEndpoint(text: string, secretId: string): S3Endpoint {
  return parseEndpointSecret(endpointSchema, text, secretId);
}

function invalid(secretId: string, why: string): HoldfastError {
  return new HoldfastError('SECRET_INVALID', `the secret ${secretId} is no S3 endpoint: ${why}`, {
    next: 'It is JSON: {"endpoint": "https://…", "accessKeyId": "…", "secretAccessKey": "…"}, and as wanted region, pathStyle, ca.',
  });
}

export interface EndpointRules {
  /** The local mode: this machine itself may be contacted, and over plain HTTP. */
  readonly allowLoopback: boolean;
}

/** A client for that endpoint; the caller destroys it. HOST_FORBIDDEN for what must not be contacted. */
export function endpointClient(endpoint: S3Endpoint, rules: EndpointRules): S3Client {
  const url = new URL(endpoint.endpoint);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (ipaddr.isValid(host)) refuse(host, host, rules);
  if (url.protocol === 'http:' && !rules.allowLoopback) {
    throw new HoldfastError('HOST_FORBIDDEN', `the endpoint ${host} is contacted over https only`);
  }
  return s3Client({
    endpoint: endpoint.endpoint,
    region: endpoint.region,
    credentials: { accessKeyId: endpoint.accessKeyId, secretAccessKey: endpoint.secretAccessKey },
    forcePathStyle: endpoint.pathStyle,
    lookup: checkedLookup(rules),
    ...(endpoint.ca === undefined ? {} : { ca: endpoint.ca }),
  });
}

/** The system's resolver, every answer checked: one forbidden address refuses the name. */
function checkedLookup(rules: EndpointRules): LookupFunction {
  return (host, options, callback) => {
    systemLookup(host, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      try {
        for (const { address } of addresses) refuse(host, address, rules);
      } catch (thrown) {
        return callback(thrown as Error, '', 0);
      }
      if (options.all) return callback(null, addresses);
      const [first] = addresses;
      callback(null, first?.address ?? '', first?.family ?? 4);
    });
  };
}

function refuse(host: string, address: string, { allowLoopback }: EndpointRules): void {
  const reason = forbiddenReason(address, { allowLoopback });
  if (reason === undefined) return;
  throw new HoldfastError('HOST_FORBIDDEN', `the endpoint ${host} is a ${reason} address (${address})`, {
    details: { host, address, reason },
  });
}
