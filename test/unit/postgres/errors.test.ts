import { describe, expect, it } from 'vitest';
import { fromProgram, fromServer, redact } from '../../../adapters/postgres/errors.ts';

const server = (code: string, message: string) =>
  Object.assign(new Error(message), { code, severity: 'ERROR' });

describe('what the server says', () => {
  it.each([
    ['28P01', 'password authentication failed for user "u"', 'SOURCE_AUTH'],
    ['53300', 'sorry, too many clients already', 'SOURCE_FULL'],
    ['42501', 'permission denied for table t', 'SOURCE_PRIVILEGE'],
    ['42501', 'query would be affected by row-level security policy for table "t"', 'SOURCE_ROW_SECURITY'],
    ['55P03', 'canceling statement due to lock timeout', 'SOURCE_LOCKED'],
    ['53200', 'out of shared memory', 'SOURCE_LOCK_TABLE_FULL'],
    ['40001', 'canceling statement due to conflict with recovery', 'SOURCE_QUERY_CANCELLED'],
    ['57P01', 'terminating connection due to administrator command', 'SOURCE_LOST'],
    ['3D000', 'database "x" does not exist', 'SOURCE_MISSING_OBJECT'],
    ['42P01', 'relation "t" does not exist', 'SOURCE_CHANGED'],
    ['ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.1:5432', 'SOURCE_UNREACHABLE'],
    ['ECONNRESET', 'read ECONNRESET', 'SOURCE_LOST'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain', 'SOURCE_TLS'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', "Hostname/IP does not match certificate's altnames", 'SOURCE_TLS'],
    ['', 'Client has encountered a connection error and is not queryable', 'SOURCE_LOST'],
    ['XX000', 'something else', 'DUMP_FAILED'],
  ])('%s, %s, becomes %s', (state, message, code) => {
    expect(fromServer(server(state, message), 'reading').code).toBe(code);
  });
});

describe('what pg_dump says', () => {
  it.each([
    ['pg_dump: error: query failed: ERROR:  canceling statement due to lock timeout', 'SOURCE_LOCKED'],
    [
      'pg_dump: error: Error message from server: ERROR:  canceling statement due to conflict with recovery',
      'SOURCE_QUERY_CANCELLED',
    ],
    ['pg_dump: error: aborting because of server version mismatch', 'SOURCE_TOO_NEW'],
    ['pg_dump: error: query failed: ERROR:  permission denied for table t', 'SOURCE_PRIVILEGE'],
    [
      'pg_dump: error: query failed: ERROR:  query would be affected by row-level security policy for table "t"',
      'SOURCE_ROW_SECURITY',
    ],
    [
      'pg_dump: error: connection to server at "h" (10.0.0.1), port 5432 failed: FATAL:  sorry, too many clients already',
      'SOURCE_FULL',
    ],
    [
      'pg_dump: error: connection to server failed: authentication method requirement "scram-sha-256" failed: server requested a hashed password',
      'SOURCE_AUTH_METHOD',
    ],
    ['pg_dump: error: connection to server failed: SSL error: certificate verify failed', 'SOURCE_TLS'],
    ['pg_dump: error: connection to server at "h" failed: Connection refused', 'SOURCE_UNREACHABLE'],
    [
      'pg_dump: error: query failed: FATAL:  terminating connection due to administrator command',
      'SOURCE_LOST',
    ],
    ['pg_dump: error: query failed: ERROR:  invalid snapshot identifier: "0000-1"', 'SOURCE_LOST'],
    [
      'pg_dump: error: query failed: ERROR:  out of shared memory\nHINT:  You might need to increase max_locks_per_transaction.',
      'SOURCE_LOCK_TABLE_FULL',
    ],
    [
      'pg_dump: error: query failed: ERROR:  canceling statement due to statement timeout\npg_dump: detail: Query was: LOCK TABLE public.t IN ACCESS SHARE MODE',
      'SOURCE_LOCKED',
    ],
    ['pg_dump: error: no matching tables were found for pattern "x"', 'SOURCE_CHANGED'],
    ['', 'DUMP_FAILED'],
  ])('%s becomes %s', (stderr, code) => {
    expect(fromProgram({ program: 'pg_dump', exitCode: 1, stderr }, 'dumping').code).toBe(code);
  });

  it('names the setting when the lock table is full, and the signal when it was killed', () => {
    const full = fromProgram(
      { program: 'pg_dump', exitCode: 1, stderr: 'pg_dump: error: ERROR:  out of shared memory' },
      'dumping',
    );
    expect(full.message).toContain('max_locks_per_transaction');
    const killed = fromProgram(
      { program: 'pg_dump', exitCode: undefined, killedBy: 'SIGKILL', stderr: '' },
      'dumping',
    );
    expect(killed.message).toContain('SIGKILL');
  });
});

describe('messages', () => {
  it.each([
    'could not connect to postgres://u:hunter2@h/db now',
    "connection string user=u password='hunter2 \\' x' host=h",
    'PASSWORD = hunter2',
    'token ?X-Amz-Signature=hunter2&x',
  ])('never carry a secret: %s', (text) => {
    expect(redact(text)).not.toContain('hunter2');
  });

  it('are bounded', () => {
    expect(redact('x'.repeat(10_000))).toHaveLength(600);
  });
});
