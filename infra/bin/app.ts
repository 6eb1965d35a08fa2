/** What cdk.json starts. */
import { InvalidInput } from '../../core/errors.ts';
import { synthesiseApp } from '../app.ts';

try {
  await synthesiseApp();
} catch (error) {
  // Bad options are the reader's to mend: the message says how, a stack trace would hide it.
  console.error(error instanceof InvalidInput ? error.message : error);
  process.exitCode = 1;
}
