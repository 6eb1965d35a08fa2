/** `npm run -s openapi`: prints the OpenAPI document, and nothing else. */
import packageJson from '../package.json' with { type: 'json' };
import { openapiDocument } from './openapi.ts';
import { routes } from './routes/all.ts';

process.stdout.write(`${JSON.stringify(openapiDocument(routes, packageJson.version), null, 2)}\n`);
