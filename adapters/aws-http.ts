/**
 * How the small AWS services are called: without time limits the SDK waits for ever on a half-open connection, or in
 * a VPC that has no way to the service.
 */
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** A handler for services that answer in milliseconds: five seconds without a reply is a lost connection. */
export function promptHandler(): NodeHttpHandler {
  return new NodeHttpHandler({
    connectionTimeout: 3_000,
    requestTimeout: 5_000,
    throwOnRequestTimeout: true,
  });
}
