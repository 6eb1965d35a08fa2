/** Calls in flight when marking: S3 takes 3,500 writes a second below a prefix; this stays far away from it. */
export const marksAtATime = 16;
