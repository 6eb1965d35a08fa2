/**
 * Which user a PostgreSQL server of ours runs as. It refuses to run as root, and should not: it executes what a
 * restored database says.
 */
import { readFileSync } from 'node:fs';

export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** The same everywhere that PostgreSQL's programs run: both need an entry in the list of users. */
const PASSWD = '/etc/passwd';

/**
 * The user to drop to before starting a server, for `spawn`'s `uid` and `gid`.
 *
 * HOLDFAST_SCRATCH_UID and HOLDFAST_SCRATCH_GID override the choice (both, as numbers); otherwise it is `nobody`,
 * or where there is none, the first other unprivileged system user.
 *
 * @returns undefined when this process is not root and needs no dropping
 * @throws Error when this process is root and no user can be found, or an override is no user id
 */
export function unprivilegedIdentity(): Identity | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const given = override();
  if (given) return given;
  const users = parsePasswd(readFileSync(PASSWD, 'utf8'));
  const user = users.find((u) => u.name === 'nobody') ?? users.find((u) => u.uid > 0);
  if (!user) {
    throw new Error(
      `A PostgreSQL server must not run as root, and ${PASSWD} names no other user. ` +
        'Add one, and give it in HOLDFAST_SCRATCH_UID and HOLDFAST_SCRATCH_GID.',
    );
  }
  return { uid: user.uid, gid: user.gid };
}

function override(): Identity | undefined {
  const uid = process.env.HOLDFAST_SCRATCH_UID;
  const gid = process.env.HOLDFAST_SCRATCH_GID;
  if (uid === undefined && gid === undefined) return undefined;
  return { uid: id('HOLDFAST_SCRATCH_UID', uid), gid: id('HOLDFAST_SCRATCH_GID', gid) };
}

function id(name: string, value: string | undefined): number {
  const number = Number(value);
  // 2^32 - 1 means "leave as it is" to the kernel, which here would be root.
  if (!value || !Number.isInteger(number) || number < 1 || number >= 0xffff_ffff) {
    throw new Error(
      `${name}: ${value ?? 'not set'}; both must be set, each to a number from 1 to 4294967294`,
    );
  }
  return number;
}

function parsePasswd(text: string): { name: string; uid: number; gid: number }[] {
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 4)
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
}
