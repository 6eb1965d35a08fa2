/** `npm stop`: stops what `npm start` left running. The sample's data stays for the next start. */
import { stopEverything } from './stop-everything.ts';

const stopped = await stopEverything();
console.log(stopped.length > 0 ? `Stopped ${stopped.join(' and ')}.` : 'Nothing was running.');
