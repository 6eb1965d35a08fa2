import { describe, expect, it } from 'vitest';
import { parseSecret } from '../../../adapters/postgres/secret.ts';
import type { HoldfastError } from '../../../core/errors.ts';

const rds = {
  engine: 'postgres',
  host: 'db.example.org',
  port: 5433,
  username: 'reader',
  password: 'hunter2',
  dbname: 'shop',
};

function failure(text: string): HoldfastError {
  try {
    parseSecret(text);
  } catch (thrown) {
    return thrown as HoldfastError;
  }
  throw new Error('it was accepted');
}

describe('the secret of a source', () => {
  it("is AWS's own shape for RDS", () => {
    expect(parseSecret(JSON.stringify({ ...rds, dbInstanceIdentifier: 'shop-1' }))).toEqual({
      host: 'db.example.org',
      port: 5433,
      user: 'reader',
      password: 'hunter2',
      database: 'shop',
    });
  });

  it.each([
    [
      'postgres://u:p%40ss@h.example/db',
      { host: 'h.example', port: 5432, user: 'u', password: 'p@ss', database: 'db' },
    ],
    ['postgresql://u@[::1]:6543/?sslmode=require', { host: '::1', port: 6543, user: 'u', tls: 'require' }],
    [
      'postgres://u:p@h.example:80/db',
      { host: 'h.example', port: 80, user: 'u', password: 'p', database: 'db' },
    ],
    [
      'postgres://u:p@/db?host=/var/run/postgresql',
      { host: '/var/run/postgresql', port: 5432, user: 'u', password: 'p', database: 'db' },
    ],
    [
      'postgres:///db%20with%20space?host=/tmp&user=me',
      { host: '/tmp', port: 5432, user: 'me', database: 'db with space' },
    ],
  ])('is a URL: %s', (url, expected) => {
    expect(parseSecret(url)).toEqual(expected);
  });

  it.each([
    [JSON.stringify({ ...rds, host: undefined }), 'host is missing'],
    [JSON.stringify({ username: 'u', password: 'hunter2' }), 'host is missing'],
    [JSON.stringify({ ...rds, username: undefined }), 'username is missing'],
    [JSON.stringify({ ...rds, port: 'hunter2' }), 'port must be'],
    [JSON.stringify({ ...rds, hostaddr: '1.2.3.4' }), 'hostaddr is not known'],
    [JSON.stringify({ ...rds, engine: 'mysql' }), 'engine must be postgres'],
    [JSON.stringify({ ...rds, sslmode: 'hunter2' }), 'sslmode must be one of'],
    [JSON.stringify({ ...rds, host: 'a.example,b.example' }), 'host must be one'],
    [JSON.stringify({ ...rds, password: 5 }), 'password must be text'],
    ['{"password": "hunter2"', 'is not valid JSON'],
    ['hunter2', 'must be a postgres:// URL'],
    ['postgres://u:hunter2@h.example/db?options=-c%20x', 'parameter options is not known'],
    ['postgres://u:hunter2@h.example/db?sslrootcert=/etc/passwd', 'parameter sslrootcert is not known'],
    ['postgres://u:hunter2@h.example/db?sslmode=allow', 'sslmode must be one of'],
    ['postgres://u:hunter2@h.example:99999/db', 'is not a valid URL'],
    ['postgres://u:hunt%ZZer2@h.example/db', 'percent-encoded'],
    ['postgres://h.example/db', 'username is missing'],
  ])('is refused by the name of the field and never by its value: %s', (text, message) => {
    const error = failure(text);
    expect(error.code).toBe('SECRET_INVALID');
    expect(error.message).toContain(message);
    expect(JSON.stringify({ ...error, message: error.message, cause: error.cause })).not.toContain('hunter2');
  });

  it('that RDS manages has no host: the error says what to make instead', () => {
    const managed = JSON.stringify({ username: 'postgres', password: 'hunter2' });
    expect(failure(managed)).toMatchObject({
      code: 'SECRET_INVALID',
      details: { field: 'host' },
      next: expect.stringMatching(/secret of your own.*host.*rds!/),
    });
  });
});
