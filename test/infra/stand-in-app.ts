/** The real app with tiny functions: deploys in seconds, and does not depend on what they do. */
import { fileURLToPath } from 'node:url';
import { synthesiseApp } from '../../infra/app.ts';

await synthesiseApp({
  functionsDir: fileURLToPath(new URL('stand-ins', import.meta.url)),
  // The local CloudFormation cannot upload files.
  uploadsConsole: false,
});
