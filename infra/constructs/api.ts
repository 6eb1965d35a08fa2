/**
 * The door of the API: an HTTP API whose every route asks for a token, but the few that tell nothing (is it there, what
 * does it take, who signs people in, and where it is wanted, is all well). The gateway looks at issuer, signature, time and audience, the function looks again and decides
 * who may do what.
 */
import { Duration } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { ComparisonOperator, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { accept } from '../accept.ts';
import type { ApiOptions } from '../options-api.ts';
import type { Alerts } from './alerts.ts';

export interface ApiProps {
  readonly stackName: string;
  readonly handler: IFunction;
  /** Whose tokens are taken, and what they are for: the audience, or of Cognito the client. */
  readonly issuer: string;
  readonly audience: string;
  /** Whether pages in a browser call it: then it is asked beforehand what they may do, by nobody in particular. */
  readonly calledByPages: boolean;
  readonly throttle: ApiOptions['throttle'];
  readonly logRetentionDays: RetentionDays;
}

/** What anybody may ask. */
export const publicPaths = ['/v1/health', '/v1/openapi.json', '/v1/sign-in', '/v1/public-status'] as const;

/** API Gateway waits 30 s for an answer; the function ends before, so that its own words arrive. */
export const apiTimeout = Duration.seconds(29);

export class Api extends Construct {
  readonly api: HttpApi;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const { calledByPages, throttle } = props;
    this.api = new HttpApi(this, 'Gateway', {
      apiName: props.stackName,
      description: 'Holdfast: the API of the control plane',
      createDefaultStage: false,
    });
    const integration = new HttpLambdaIntegration('Function', props.handler);
    this.api.addRoutes({
      path: '/v1/{proxy+}',
      methods: [HttpMethod.ANY],
      integration,
      authorizer: new HttpJwtAuthorizer('SignedIn', props.issuer, { jwtAudience: [props.audience] }),
    });
    /** A route for whoever comes. */
    const open = (path: string, method: HttpMethod, reason: string) => {
      const authorizer = new HttpNoneAuthorizer();
      for (const route of this.api.addRoutes({ path, methods: [method], integration, authorizer }))
        accept(route, 'APIG4', reason);
    };
    for (const path of publicPaths) {
      open(
        path,
        HttpMethod.GET,
        'It says that the API is there, and what is needed to call it: nothing of what it holds.',
      );
    }
    // The function answers, not the gateway: the same everywhere, and the API needs no page to be there before it.
    if (calledByPages) {
      open(
        '/v1/{proxy+}',
        HttpMethod.OPTIONS,
        'A browser asks before it calls, and sends no token with that (CORS); the answer names origins and headers.',
      );
    }
    const log = new LogGroup(this, 'Calls', { retention: props.logRetentionDays });
    new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: throttle.ratePerSecond, burstLimit: throttle.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(log),
        // Also what never reached the function: tokens that were refused, calls that were too many.
        format: AccessLogFormat.custom(JSON.stringify(accessLine)),
      },
    });
  }

  /** `https://….execute-api.….amazonaws.com`, without a slash at the end. */
  get url(): string {
    return this.api.apiEndpoint;
  }

  watchedBy(alerts: Alerts): void {
    const period = Duration.minutes(5);
    alerts.alarm(this, 'Failing', {
      alarmDescription:
        'Holdfast: the API answers with errors of its own (5xx) for ten minutes. Look at the log of the API function.',
      metric: this.api.metricServerError({ period, statistic: Stats.SUM }),
      threshold: 5,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 2,
      // Nobody calls, nothing fails.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alerts.alarm(this, 'Slow', {
      alarmDescription:
        'Holdfast: one call of the API in ten takes more than ten seconds, for a quarter of an hour. Look at the log of the API function.',
      metric: this.api.metricLatency({ period, statistic: Stats.percentile(90) }),
      threshold: Duration.seconds(10).toMilliseconds(),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 3,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html */
const accessLine = {
  at: '$context.requestTimeEpoch',
  requestId: '$context.requestId',
  address: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  path: '$context.path',
  route: '$context.routeKey',
  status: '$context.status',
  bytes: '$context.responseLength',
  ms: '$context.responseLatency',
  subject: '$context.authorizer.claims.sub',
  refused: '$context.authorizer.error',
  error: '$context.error.message',
  integration: '$context.integrationErrorMessage',
};
