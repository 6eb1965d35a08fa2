/** A restore as the API shows it, and whether anything can still become of it. */
import type { Schemas } from '../../api/use-api.ts';

export type Restore = Schemas['Restore'];

const ends = ['completed', 'failed', 'cancelled'];
export const hasEnded = ({ status, dead }: Restore) => dead !== undefined || ends.includes(status);
