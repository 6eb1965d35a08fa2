/** The API behind its gateway: all of it is in api/, this only hands events over and answers back. */
import { buildApi } from '../api/app.ts';
import { behindGateway } from './behind-gateway.ts';
import { wireApi } from './wiring-api.ts';

export const handler = behindGateway(buildApi(wireApi()));
