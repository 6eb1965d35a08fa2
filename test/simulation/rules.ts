/** The days of the stack's lifecycle rules; bucket.test.ts compares them with infra/constructs/lifecycle.ts. */
import type { LifecycleDays } from './bucket.ts';

export function lifecycleDays(undeleteDays: number): LifecycleDays {
  return { expireMarked: 1, removeNoncurrent: undeleteDays, abortUploads: 7 };
}
