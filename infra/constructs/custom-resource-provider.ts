/** The CDK's provider framework around one of our functions, with a role that may do nothing but call it. */
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { accept, acceptWildcard } from '../accept.ts';
import type { RuntimeFunction } from './runtime-function.ts';

export interface CustomResourceProviderProps {
  /** Returns `{ PhysicalResourceId, Data? }`, or throws with the message that the deployment then shows. */
  readonly handler: RuntimeFunction;
  readonly logRetentionDays: RetentionDays;
}

export class CustomResourceProvider extends Construct {
  readonly serviceToken: string;

  constructor(scope: Construct, id: string, { handler, logRetentionDays }: CustomResourceProviderProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', { retention: logRetentionDays });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Calls ${handler.node.id} for CloudFormation`,
    });
    logGroup.grantWrite(role);
    const provider = new Provider(this, 'Framework', {
      onEventHandler: handler.function,
      frameworkOnEventRole: role,
      logGroup,
    });
    this.serviceToken = provider.serviceToken;
    accept(
      provider,
      'L1',
      'The CDK chooses the runtime of its own provider framework, and moves it with its releases.',
    );
    acceptWildcard(
      role,
      `${handler.function.functionArn}:*`,
      'The CDK allows its framework every version of the one function that it calls.',
    );
  }
}
