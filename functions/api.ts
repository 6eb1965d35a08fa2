/** The API behind its gateway: all of it is in api/, this only hands events over and answers back. */
import { handle } from 'hono/aws-lambda';
import { buildApi } from '../api/app.ts';
import { wireApi } from './wiring-api.ts';

/** Everything that the API sends is text, whatever its type is called. */
export const handler = handle(buildApi(wireApi()), { isContentTypeBinary: () => false });
