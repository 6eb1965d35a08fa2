/** Options about the web console: whether there is one, at which address, and how it signs in. */
import { z } from 'zod';
import { defaultScope } from './console-config.ts';

const host = z
  .string()
  .max(200, 'at most 200 characters')
  .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, 'a host like holdfast.example.org');

const httpsOrigin = z
  .string()
  .max(200, 'at most 200 characters')
  .regex(/^https:\/\/[a-z0-9.-]+(?::\d{1,5})?$/, 'an origin like https://holdfast.example.org');

/** Plain http never leaves this machine. */
const localOrigin = z.string().regex(/^http:\/\/localhost(?::\d{1,5})?$/);

export function consoleOptions() {
  return {
    console: z
      .strictObject({
        /** False: no pages; the API and the command line remain. Without an API there are none either. */
        enabled: z.boolean().default(true),
        /** A host of one's own for the pages; default: the name that CloudFront gives. */
        domainName: host.optional(),
        /** Its certificate: CloudFront takes those of us-east-1. */
        certificateArn: z
          .string()
          .regex(
            /^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate\/[0-9a-f-]{36}$/,
            'the ARN of a certificate in us-east-1',
          )
          .optional(),
        /** Somebody else serves the pages at this origin: the stack makes no bucket and no distribution, and lets it in. */
        url: z.union([httpsOrigin, localOrigin], 'an origin like https://holdfast.example.org').optional(),
        /** The app that the pages sign in to, at the issuer of `api.oidc`. */
        clientId: z.string().min(1, 'not empty').max(200, 'at most 200 characters').optional(),
        /** What it asks for there. */
        scope: z
          .string()
          .max(500, 'at most 500 characters')
          .regex(/^openid(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/, 'names separated by blanks, openid first')
          .default(defaultScope),
        /** Further origins that signing in calls, where the issuer's token endpoint is not on the issuer's own. */
        signInOrigins: z.array(httpsOrigin).max(5, 'at most 5').default([]),
      })
      .prefault({}),
  };
}

type Fields = z.output<z.ZodObject<ReturnType<typeof consoleOptions>>>;
export type ConsoleOptions = Fields['console'];

interface WithApi extends Fields {
  readonly api: { readonly enabled: boolean; readonly oidc?: object | undefined };
}

/** Whether the stack has pages: it needs an API, and of an issuer of one's own an app to sign in to. */
export function hasConsole({ api, console: { enabled, clientId } }: WithApi): boolean {
  return enabled && api.enabled && (api.oidc === undefined || clientId !== undefined);
}

/** Options that are each right and do not go together: where, and what is allowed. */
export function* consoleContradictions(
  options: WithApi,
): Generator<{ readonly at: readonly string[]; readonly message: string }> {
  const { domainName, certificateArn, url, clientId, scope, signInOrigins } = options.console;
  if ((domainName === undefined) !== (certificateArn === undefined)) {
    yield {
      at: ['console', domainName === undefined ? 'domainName' : 'certificateArn'],
      message: 'console.domainName and console.certificateArn belong together',
    };
  }
  if (url !== undefined && domainName !== undefined) {
    yield {
      at: ['console', 'url'],
      message: 'not with console.domainName: the pages are served by the stack, or by somebody else',
    };
  }
  if (!hasConsole(options) && (url ?? domainName) !== undefined) {
    yield {
      at: ['console', url === undefined ? 'domainName' : 'url'],
      message: 'only where there is a console: with an API, and with api.oidc also console.clientId',
    };
  }
  if (options.api.oidc !== undefined) return;
  const ofIssuer = {
    clientId: clientId !== undefined,
    scope: scope !== defaultScope,
    signInOrigins: signInOrigins.length > 0,
  };
  for (const [name, isGiven] of Object.entries(ofIssuer)) {
    if (isGiven)
      yield { at: ['console', name], message: "only with api.oidc: the stack's own users need none" };
  }
}
