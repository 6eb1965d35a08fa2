/** The one way in: what an InvalidInput says, and what it must not say. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { InvalidInput } from '../../core/errors.ts';
import { parse } from '../../core/parse.ts';

const schema = z.strictObject({
  host: z.string().min(1, 'a host name'),
  port: z.int().min(1).max(65_535).default(5432),
  login: z.strictObject({ user: z.string(), password: z.string().min(8, '8 characters or more') }),
});

function refusal(value: unknown, secretFields?: readonly string[]): InvalidInput {
  try {
    parse(schema, value, 'the secret', secretFields);
  } catch (error) {
    if (error instanceof InvalidInput) return error;
    throw error;
  }
  throw new Error('accepted');
}

const login = { user: 'backup', password: 'correct horse' };

test('what is right comes back typed, with its defaults', () => {
  expect(parse(schema, { host: 'db', login }, 'the secret')).toEqual({ host: 'db', port: 5432, login });
});

describe('what is wrong is named', () => {
  test('by field, value and what is allowed', () => {
    const { message, issues, code } = refusal({ host: '', login });
    expect(code).toBe('INVALID_INPUT');
    expect(issues).toEqual([{ field: 'host', value: '""', allowed: 'a host name' }]);
    expect(message).toBe('the secret: host is "": a host name');
  });

  test('by the path of a nested field', () => {
    expect(refusal({ host: 'db', login: { user: 1, password: 'long enough' } }).issues[0]).toMatchObject({
      field: 'login.user',
      value: '1',
    });
  });

  test('a missing field has no value, and the whole has a name', () => {
    expect(refusal({ host: 'db' }).issues[0]).toEqual({ field: 'login', allowed: expect.any(String) });
    expect(refusal('text').issues[0]).toMatchObject({ field: '(whole)', value: '"text"' });
    expect(refusal(undefined).issues[0]).toMatchObject({ field: '(whole)' });
    expect(refusal(null).issues[0]).toMatchObject({ field: '(whole)' });
  });

  test('an unknown field is refused by its name', () => {
    expect(refusal({ host: 'db', login, sslmode: 'disable' }).message).toContain('"sslmode"');
  });
});

describe('what is secret is not shown', () => {
  test('the value of a secret field, nor anything below it', () => {
    const wrong = { host: 'db', login: { user: 'backup', password: 'short' } };
    for (const secretFields of [['password'], ['login']]) {
      const error = refusal(wrong, secretFields);
      expect(error.issues).toEqual([{ field: 'login.password', allowed: '8 characters or more' }]);
      expect(JSON.stringify([error.message, error.details, error.stack])).not.toContain('short');
    }
  });

  test('an object that is wrong as a whole is never shown', () => {
    expect(refusal({ host: { password: 'hunter2' }, login }).message).not.toContain('hunter2');
  });
});

test('values are cut at 100 characters and issues at 20', () => {
  const many = z.array(z.literal('x'));
  try {
    parse(many, Array(50).fill('y'.repeat(500)), 'many');
    throw new Error('accepted');
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInput);
    const { issues } = error as InvalidInput;
    expect(issues).toHaveLength(20);
    expect(issues.every((issue) => (issue.value?.length ?? 0) <= 100)).toBe(true);
  }
});
