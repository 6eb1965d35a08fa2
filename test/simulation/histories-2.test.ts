/** Every fourth of the random histories; see part.ts. */
import { simulatePart } from './part.ts';

simulatePart(1);
