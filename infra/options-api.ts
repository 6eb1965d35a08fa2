/** Options about the API: who may call it and from where, who issues its tokens, and how much it takes. */
import ipaddr from 'ipaddr.js';
import { z } from 'zod';

const cidr = z
  .string()
  .max(50)
  .refine((text) => ipaddr.isValidCIDR(text), 'an address range like 203.0.113.0/24 or 2001:db8::/32');

/** What a browser sends as `Origin`: no path, no slash at the end. */
const origin = z
  .string()
  .max(200, 'at most 200 characters')
  .regex(
    /^(?:https:\/\/[a-z0-9.-]+(?::\d{1,5})?|http:\/\/localhost(?::\d{1,5})?)$/,
    'an origin like https://holdfast.example.org, or http://localhost:5173',
  );

const httpsUrl = z
  .string()
  .max(300, 'at most 300 characters')
  .regex(/^https:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?(?:\/[^\s?#]*)?$/, 'an https URL without query');

/** As API Gateway and Cognito take them; a claim is looked up by its whole name. */
const groupName = z
  .string()
  .regex(/^[\w.:/@-]{1,128}$/, "a name of letters, digits and '_.:/@-', at most 128 characters");

const rate = 'a whole number from 1 to 10000';
const stepUp = 'a whole number from 0 to 1440';

export function apiOptions(base: { memorySizeMiB: (fallback: number) => z.ZodDefault<z.ZodInt> }) {
  return {
    api: z
      .strictObject({
        /** False: no API, no user pool; the command line works with AWS credentials alone. */
        enabled: z.boolean().default(true),
        /** Address ranges that may call; none: everybody who has a token. */
        allowFrom: z.array(cidr).max(50, 'at most 50').default([]),
        /** Web pages that may call from a browser; none: no browser. */
        corsOrigins: z.array(origin).max(10, 'at most 10').default([]),
        throttle: z
          .strictObject({
            /** Of all callers together. */
            ratePerSecond: z.int(rate).min(1, rate).max(10_000, rate).default(50),
            burst: z.int(rate).min(1, rate).max(5_000, 'a whole number from 1 to 5000').default(100),
          })
          .prefault({}),
        /** Of the stack's own users: a code from an app besides the password. */
        mfa: z.enum(['off', 'optional', 'required'], 'off, optional or required').default('optional'),
        /** Cognito's newer sign-in pages, which ask again when they are told to; false: the classic ones. */
        managedLogin: z.boolean().default(true),
        /**
         * What deletes, writes over or hands contents out takes a sign-in of the last so many minutes; 0: any that holds.
         * Default: 60 with the stack's own users, 0 with api.oidc, whose tokens may not say when somebody signed in.
         */
        stepUpMinutes: z.int(stepUp).min(0, stepUp).max(1440, stepUp).optional(),
        /** Where browsers and programs may be sent back to after signing in, beside the command line's. */
        callbackUrls: z
          .array(httpsUrl.or(z.string().regex(/^http:\/\/localhost(?::\d{1,5})?(?:\/[^\s?#]*)?$/, 'a URL')))
          .max(20, 'at most 20')
          .default([]),
        /** Tokens of an OpenID Connect issuer of one's own, instead of a user pool that the stack makes. */
        oidc: z
          .strictObject({
            /** Exactly as in the tokens' `iss`. */
            issuer: httpsUrl,
            /** What the tokens' `aud` must contain. */
            audience: z.string().min(1, 'not empty').max(200, 'at most 200 characters'),
            /** The claim that names somebody's groups. */
            groupsClaim: groupName.default('groups'),
            /** Where the keys are; default: as the issuer's discovery document says. */
            jwksUrl: httpsUrl.optional(),
          })
          .optional(),
        /** Names of the groups that hold the roles. */
        groups: z
          .strictObject({
            viewer: groupName.default('holdfast-viewer'),
            operator: groupName.default('holdfast-operator'),
            admin: groupName.default('holdfast-admin'),
          })
          .prefault({}),
        /** Whether anybody may ask, without a sign-in, if all is well: one word and four times (`/v1/public-status`). */
        publicStatus: z.boolean().default(false),
        memorySizeMiB: base.memorySizeMiB(1024),
      })
      .prefault({}),
    /** AWS X-Ray traces of all functions and the API. */
    tracing: z.boolean().default(false),
    /** A CloudTrail trail of every read and write of objects in the vault's own bucket, and alerts on unusual ones. */
    dataEvents: z.boolean().default(false),
  };
}

/** Undefined: any sign-in that holds will do. */
export function stepUpMinutesOf({
  stepUpMinutes,
  oidc,
}: Pick<ApiOptions, 'stepUpMinutes' | 'oidc'>): number | undefined {
  return (stepUpMinutes ?? (oidc === undefined ? 60 : 0)) || undefined;
}

type Fields = z.output<z.ZodObject<ReturnType<typeof apiOptions>>>;
export type ApiOptions = Fields['api'];
export type OidcOptions = NonNullable<ApiOptions['oidc']>;

/** Options that are each right and do not go together: where, and what is allowed. */
export function* apiContradictions({
  api: { groups, oidc, mfa, callbackUrls },
}: Fields): Generator<{ readonly at: readonly string[]; readonly message: string }> {
  const names = Object.values(groups);
  if (new Set(names).size !== names.length) {
    yield { at: ['api', 'groups'], message: 'three different names: a group holds one role' };
  }
  if (oidc !== undefined && mfa === 'required') {
    yield { at: ['api', 'mfa'], message: 'not required with api.oidc, whose issuer decides about that' };
  }
  if (oidc !== undefined && callbackUrls.length > 0) {
    yield { at: ['api', 'callbackUrls'], message: 'none with api.oidc, whose issuer keeps them' };
  }
}
