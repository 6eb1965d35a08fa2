/** The web console in the template: who may read its files, what they are served with, and who lets it in. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { fileOf, headersOf, popupPage, viewerRequestCode } from '../../infra/console-headers.ts';
import { ofType, only } from './policies.ts';
import { type Synthesised, standInConsole, synthesise } from './synthesise.ts';

const whole = synthesise({}, standInConsole());
const { resources } = whole;
const own = Object.fromEntries(Object.entries(resources).filter(([name]) => name.startsWith('Console')));
const oidc = { issuer: 'https://id.example.com/tenant', audience: 'holdfast' };
const domain = /^ConsoleDistribution/;

/** A value of the template as text: references by name, in angle brackets. */
function text(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[name, inner] = []] = Object.entries(value);
  if (name === 'Fn::Join') return (inner as [string, unknown[]])[1].map(text).join('');
  if (name === 'Fn::GetAtt') return `<${(inner as string[]).join('.')}>`;
  return name === 'Ref' ? `<${inner}>` : `<${name}>`;
}

const variables = (name: string, from: Synthesised['resources'] = resources) =>
  ofType(from, 'AWS::Lambda::Function').find(([id]) => id.startsWith(`${name}Function`))?.[1].Properties
    .Environment.Variables;
const output = (name: string, { template }: Synthesised = whole) =>
  text(template.toJSON().Outputs[name].Value);

describe('its files', () => {
  it('lie in a private bucket, which the distribution alone may read, over TLS', () => {
    const bucket = only(own, 'AWS::S3::Bucket').Properties;
    expect(bucket.PublicAccessBlockConfiguration).toEqual({
      ...{
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    expect(bucket.WebsiteConfiguration).toBeUndefined();
    const { Statement } = only(own, 'AWS::S3::BucketPolicy').Properties.PolicyDocument;
    const allowed = Statement.filter(({ Effect }: { Effect: string }) => Effect === 'Allow');
    expect(allowed.flatMap(({ Action }: { Action: string | string[] }) => Action)).toEqual([
      's3:GetObject',
      's3:ListBucket',
    ]);
    for (const { Principal, Condition } of allowed) {
      expect(Principal).toEqual({ Service: 'cloudfront.amazonaws.com' });
      expect(text(Condition.StringEquals['AWS:SourceArn'])).toMatch(/:distribution\/<ConsoleDistribution/);
    }
    expect(Statement).toContainEqual(
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    );
  });

  it('are uploaded after what they name, and nothing that an open page may still load is removed', () => {
    const uploads = ofType(own, 'Custom::CDKBucketDeployment').map(([, upload]) => upload);
    expect(uploads.map(({ Properties }) => Properties.DestinationBucketKeyPrefix)).toEqual([
      'assets/',
      undefined,
    ]);
    expect(uploads.map(({ Properties }) => Properties.SystemMetadata['cache-control'])).toEqual([
      'public, max-age=31536000, immutable',
      'no-cache',
    ]);
    for (const { Properties } of uploads) expect(Properties.Prune).toBe(false);
    const [first] = ofType(own, 'Custom::CDKBucketDeployment').map(([name]) => name);
    expect(uploads[1]?.DependsOn).toContain(first);
  });

  it('need no build where nobody uploads them', () => {
    expect(ofType(synthesise().resources, 'Custom::CDKBucketDeployment')).toEqual([]);
  });
});

describe('its pages', () => {
  const behaviours = () => {
    const { DistributionConfig } = only(own, 'AWS::CloudFront::Distribution').Properties;
    return [DistributionConfig.DefaultCacheBehavior, ...DistributionConfig.CacheBehaviors];
  };
  const sentBy = (behaviour: { ResponseHeadersPolicyId: { Ref: string } }) => {
    const config = resources[behaviour.ResponseHeadersPolicyId.Ref]?.Properties.ResponseHeadersPolicyConfig;
    const security = config.SecurityHeadersConfig;
    const custom: { Header: string; Value: string }[] = config.CustomHeadersConfig.Items;
    return {
      'content-security-policy': text(security.ContentSecurityPolicy.ContentSecurityPolicy),
      'strict-transport-security': `max-age=${security.StrictTransportSecurity.AccessControlMaxAgeSec}`,
      'x-content-type-options': security.ContentTypeOptions.Override ? 'nosniff' : '',
      'x-frame-options': security.FrameOptions.FrameOption,
      'referrer-policy': security.ReferrerPolicy.ReferrerPolicy,
      ...Object.fromEntries(custom.map(({ Header, Value }) => [Header, Value])),
    };
  };

  it('have exactly the headers of console-headers.ts, and call the API and the sign-in alone', () => {
    const connectTo = [
      output('ApiUrl'),
      'https://cognito-idp.<AWS::Region>.<AWS::URLSuffix>',
      'https://holdfast-<Fn::Select><Fn::Select>.auth.<AWS::Region>.amazoncognito.com',
    ];
    const [pages, popup] = behaviours();
    expect(sentBy(pages)).toEqual(headersOf('/', connectTo));
    expect(popup.PathPattern).toBe(popupPage);
    expect(sentBy(popup)).toEqual(headersOf(popupPage, connectTo));
  });

  it('have a policy without exceptions: no inline script or style, no other origin, no frame', () => {
    const policy = headersOf('/', ['https://api.example.com'])['content-security-policy'] ?? '';
    expect(policy).not.toMatch(/unsafe|\*|https?:(?!\/\/api\.example\.com)|strict-dynamic/);
    expect(policy.split('; ')).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]),
    );
  });

  it('come over TLS, compressed, from addresses that the function maps to files', () => {
    for (const behaviour of behaviours()) {
      expect(behaviour).toMatchObject({ ViewerProtocolPolicy: 'redirect-to-https', Compress: true });
      expect(behaviour.FunctionAssociations).toHaveLength(1);
    }
    const { FunctionCode, FunctionConfig } = only(own, 'AWS::CloudFront::Function').Properties;
    expect(FunctionConfig.Runtime).toBe('cloudfront-js-2.0');
    expect(FunctionCode).toBe(viewerRequestCode);
    const answered = (uri: string) =>
      runInNewContext(`${FunctionCode}; handler({ request: { uri: ${JSON.stringify(uri)} } }).uri`);
    for (const [uri, file] of [
      ['/', '/index.html'],
      ['/plans/shop.db', '/index.html'],
      ['/runs/20261121T020000Z-0a1b2c3d', '/index.html'],
      ['/status', '/status.html'],
      ['/status/', '/status.html'],
      ['/status.html', '/status.html'],
      ['/status/x', '/index.html'],
      ['/assets/main-0a1b2c3d.js', '/assets/main-0a1b2c3d.js'],
      ['/config.json', '/config.json'],
      ['/favicon.svg', '/favicon.svg'],
      ['/assets', '/index.html'],
    ] as const)
      expect([answered(uri), fileOf(uri)], uri).toEqual([file, file]);
  });

  it('may have a name of their own', () => {
    const certificateArn =
      'arn:aws:acm:us-east-1:123456789012:certificate/0f1e2d3c-0f1e-0f1e-0f1e-0f1e2d3c4b5a';
    const named = synthesise({ console: { domainName: 'holdfast.example.org', certificateArn } });
    const { DistributionConfig } = only(named.resources, 'AWS::CloudFront::Distribution').Properties;
    expect(DistributionConfig).toMatchObject({
      Aliases: ['holdfast.example.org'],
      ViewerCertificate: { AcmCertificateArn: certificateArn, MinimumProtocolVersion: 'TLSv1.2_2021' },
    });
    expect(output('ConsoleUrl', named)).toBe('https://holdfast.example.org');
    expect(output('ConsoleDomain', named)).toMatch(/^<ConsoleDistribution/);
  });
});

describe('config.json', () => {
  /** As it is uploaded, with markers in the place of what is known only then. */
  const uploaded = (from: Synthesised) => {
    const out = from.app.synth().directory;
    for (const name of readdirSync(out).filter((each) => each.startsWith('asset.'))) {
      try {
        return JSON.parse(readFileSync(join(out, name, 'config.json'), 'utf8'));
      } catch {
        // Another asset.
      }
    }
    throw new Error('no config.json is uploaded');
  };

  it('says where the API is, and the pages of the user pool', () => {
    const config = uploaded(whole);
    expect(config).toMatchObject({ stackName: 'Holdfast', scope: 'openid email profile', stepUp: 'prompt' });
    expect(Object.keys(config.metadata)).toEqual([
      ...[
        'issuer',
        'authorization_endpoint',
        'token_endpoint',
        'revocation_endpoint',
        'end_session_endpoint',
      ],
    ]);
    expect(config.metadata.authorization_endpoint).toMatch(/^https:\/\/holdfast-.*\/oauth2\/authorize$/);
    expect(config.clientId).toMatch(/^<<marker/);
  });

  it('says for an issuer of one’s own which app, and leaves the rest to its document', () => {
    const given = synthesise(
      { api: { oidc }, console: { clientId: 'console-app', scope: 'openid api://holdfast/all' } },
      standInConsole(),
    );
    expect(uploaded(given)).toEqual({
      stackName: 'Holdfast',
      apiUrl: expect.stringMatching(/^<<marker/),
      issuer: oidc.issuer,
      clientId: 'console-app',
      scope: 'openid api://holdfast/all',
      audience: 'holdfast',
      stepUp: 'prompt',
    });
  });

  it('says that classic pages ask nobody again', () => {
    expect(uploaded(synthesise({ api: { managedLogin: false } }, standInConsole())).stepUp).toBe('none');
  });
});

describe('the rest of the stack', () => {
  const url = `https://${output('ConsoleDomain')}`;

  it('sends people back to it after signing in and out', () => {
    const { CallbackURLs, LogoutURLs } = only(resources, 'AWS::Cognito::UserPoolClient').Properties;
    expect(CallbackURLs.map(text).slice(-2)).toEqual([`${url}/signed-in`, `${url}/signed-in-popup.html`]);
    expect(LogoutURLs.map(text)).toEqual([`${url}/`]);
  });

  it('has sign-in pages that ask again when they are told to, in the looks that Cognito gives', () => {
    expect(only(resources, 'AWS::Cognito::UserPoolDomain').Properties.ManagedLoginVersion).toBe(2);
    expect(only(resources, 'AWS::Cognito::ManagedLoginBranding').Properties).toMatchObject({
      UseCognitoProvidedValues: true,
    });
    const classic = synthesise({ api: { managedLogin: false } }).resources;
    expect(ofType(classic, 'AWS::Cognito::ManagedLoginBranding')).toEqual([]);
    expect(only(classic, 'AWS::Cognito::UserPoolDomain').Properties.ManagedLoginVersion).toBeUndefined();
  });

  it('lets it call the API: the function knows it by name, and is asked beforehand without a token', () => {
    expect(JSON.parse(text(variables('Api').HOLDFAST_CORS_ORIGINS))).toEqual([url]);
    const routes = ofType(resources, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties);
    expect(routes.find(({ RouteKey }) => RouteKey === 'OPTIONS /v1/{proxy+}')).toMatchObject({
      AuthorizationType: 'NONE',
    });
    // The gateway's own answer would take the place of the function's.
    expect(only(resources, 'AWS::ApiGatewayV2::Api').Properties.CorsConfiguration).toBeUndefined();
  });

  it('leads to it from what it tells people', () => {
    expect(text(variables('Notify').HOLDFAST_CONSOLE_URL)).toBe(url);
    expect(output('ConsoleUrl')).toBe(url);
    expect(output('ConsoleDomain')).toMatch(/^<ConsoleDistribution.*\.DomainName>$/);
  });
});

describe('where the stack serves no pages', () => {
  const servesNone = ({ resources: from }: Synthesised) => {
    expect(Object.keys(from).filter((name) => name.startsWith('Console'))).toEqual([]);
    expect(Object.keys(from).filter((name) => domain.test(name))).toEqual([]);
  };

  it('since somebody else does, it lets these in', () => {
    const given = synthesise({ console: { url: 'http://localhost:8780' } }, standInConsole());
    servesNone(given);
    expect(variables('Api', given.resources).HOLDFAST_CORS_ORIGINS).toBe('["http://localhost:8780"]');
    expect(variables('Notify', given.resources).HOLDFAST_CONSOLE_URL).toBe('http://localhost:8780');
    const { CallbackURLs } = only(given.resources, 'AWS::Cognito::UserPoolClient').Properties;
    expect(CallbackURLs).toContain('http://localhost:8780/signed-in-popup.html');
    expect([output('ConsoleUrl', given), output('ConsoleDomain', given)]).toEqual([
      'http://localhost:8780',
      'none',
    ]);
  });

  it.each([
    ['since nobody wants them', { console: { enabled: false } }],
    ['since there is no API', { api: { enabled: false } }],
    ['since nobody said which app of an issuer they sign in to', { api: { oidc } }],
  ])('%s, no page may call', (_, options) => {
    const given = synthesise(options, standInConsole());
    servesNone(given);
    expect(output('ConsoleUrl', given)).toBe('none');
    expect(variables('Notify', given.resources).HOLDFAST_CONSOLE_URL).toBeUndefined();
    expect(variables('Api', given.resources)?.HOLDFAST_CORS_ORIGINS ?? '[]').toBe('[]');
    const keys = ofType(given.resources, 'AWS::ApiGatewayV2::Route').map(
      ([, { Properties }]) => Properties.RouteKey,
    );
    expect(keys.filter((key) => key.startsWith('OPTIONS'))).toEqual([]);
  });
});
