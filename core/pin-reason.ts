/** Apart from pin.ts, so that who only parses it does not load what seals. */
import { z } from 'zod';

/** Why a backup is pinned: one line for whoever asks in a year. */
export const pinReasonSchema = z.string().trim().min(1, 'a reason').max(500, 'at most 500 characters');
