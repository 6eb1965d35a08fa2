/** What the app knows of a call: by the platform (bindings), and by its own frame (variables). */
import type { Actor } from '../core/control/actor.ts';
import type { Log } from '../core/ports/index.ts';

/** Of the gateway's event (HTTP API, payload 2.0), as hono/aws-lambda hands it on. */
export interface Bindings {
  readonly requestContext?: {
    readonly requestId?: string;
    readonly http?: { readonly sourceIp?: string };
  };
}

export interface Variables {
  correlationId: string;
  log: Log;
  address: string | undefined;
  requestId: string | undefined;
  /** As soon as it is known. */
  actor: Actor | undefined;
}

export interface ApiEnv {
  Bindings: Bindings;
  Variables: Variables;
}
