/** Who asks for something: a person through the API or with AWS credentials, or a schedule. Said in rows and the trail. */

/** Each holds the ones before it. */
export const roles = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

export interface Actor {
  /** Never changes for one person: the token's `sub`, an ARN, the name of a schedule. */
  readonly subject: string;
  /** For people, at most 200 characters; what `createdBy` and `by` of rows say. */
  readonly name: string;
  /** As the token names them, at most 100. */
  readonly groups: readonly string[];
  /** Absent: none; then only what is public may be seen. */
  readonly role?: Role;
  /** When they signed in with their own hands, and until when that holds; ISO 8601 UTC, absent where the token does not say. */
  readonly authTime?: string;
  readonly expiresAt?: string;
  /** Where the call came from, as the gateway saw it. */
  readonly address?: string;
  /** The gateway's id of the call. */
  readonly requestId?: string;
  readonly correlationId: string;
  readonly via: 'api' | 'cli' | 'schedule';
}

/** Whether somebody of that role may do what `needed` may. What is no role is held by nobody. */
export function holds(role: Role | undefined, needed: Role): boolean {
  return role !== undefined && roles.includes(needed) && roles.indexOf(role) >= roles.indexOf(needed);
}
