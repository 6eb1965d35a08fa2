/** What the log writes, and what it must not. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loggable } from '../../adapters/log/fields.ts';
import { structuredLog } from '../../adapters/log/log.ts';
import { memoryLog } from '../../adapters/log/quiet.ts';
import { redact } from '../../adapters/log/redact.ts';
import { HoldfastError } from '../../core/errors.ts';

describe('redaction', () => {
  const secret = 'hunter2';
  test.each([
    [
      'connect to postgres://backup:hunter2@db:5432/shop failed',
      'connect to postgres://backup:[redacted]@db:5432/shop failed',
    ],
    ['postgresql://:hunter2@db/shop', 'postgresql://:[redacted]@db/shop'],
    ['postgres://backup:hunter2@hunter2/hunter2@db/shop', 'postgres://backup:[redacted]@db/shop'],
    ['password=hunter2 host=db', 'password=[redacted] host=db'],
    ["host=db password = 'hunter2 it\\'s' port=1", 'host=db password = [redacted] port=1'],
    ['PGPASSWORD=hunter2 pg_dump', 'PGPASSWORD=[redacted] pg_dump'],
    ['pg_dump --password hunter2', 'pg_dump --password [redacted]'],
    ['{"username":"a","password":"hunter2","port":1}', '{"username":"a","password":"[redacted]","port":1}'],
    ['{"password": "hunter2\\"hunter2"}', '{"password": "[redacted]"}'],
    [
      '{"body":"{\\"password\\":\\"hunter2\\",\\"port\\":1}"}',
      '{"body":"{\\"password\\":\\"[redacted]\\",\\"port\\":1}"}',
    ],
    ['{"password":"hunter2', '{"password":"[redacted]'],
    [
      'https://s3/x?X-Amz-Date=1&X-Amz-Signature=hunter2&a=b',
      'https://s3/x?X-Amz-Date=1&X-Amz-Signature=[redacted]&a=b',
    ],
    ['-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY----- end', '[redacted] end'],
    ['-----BEGIN ENCRYPTED PRIVATE KEY-----\nhunter2', '[redacted]'],
  ])('%s', (text, shown) => {
    expect(redact(text)).toBe(shown);
    expect(redact(text)).not.toContain(secret);
  });

  test.each([
    'backup completed: 12 tables in 3.4 s',
    's3://vault/plans/shop/20261121T020000Z-3f9a1c22/manifest',
    'secret holdfast/sources/shop not found',
    'password authentication failed for user "backup"',
    'postgres://backup@db/shop',
    'at file:///app/core/backup/run.ts:12:3',
    '-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----',
  ])('leaves "%s" as it is', (text) => {
    expect(redact(text)).toBe(text);
  });

  test('hides any password in a URL, and does not hang on any text', () => {
    const word = fc
      .stringMatching(/^[^\s]{6,40}$/)
      .filter((text) => !'postgres://backup:[redacted]@db/shop'.includes(text));
    fc.assert(
      fc.property(word, (password) => {
        expect(redact(`see postgres://backup:${password}@db/shop here`)).toBe(
          'see postgres://backup:[redacted]@db/shop here',
        );
      }),
    );
    // Of the processor: a busy machine is no hang.
    const before = process.cpuUsage();
    for (const unit of ['a://b:', 'password', '"password":"', '\\"', 'x'.repeat(50), "password='\\"])
      redact(unit.repeat(20_000));
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(5);
  });
});

describe('fields', () => {
  test('a chain of causes and the errors of one are bounded', () => {
    let chain = new Error('innermost');
    for (let at = 0; at < 50; at += 1) chain = new Error(`level ${at}`, { cause: chain });
    const text = JSON.stringify(loggable({ error: chain }));
    expect(text).toContain('level 49');
    expect(text).toContain('[deeper]');
    expect(text).not.toContain('innermost');
    // As Node says that no address of a host answered: with an empty message of its own.
    const refused = Array.from({ length: 9 }, (_, at) => new Error(`connect ECONNREFUSED 192.0.2.${at}`));
    const written = loggable({ error: new AggregateError(refused, '') }) as { error: { errors: unknown[] } };
    expect(written.error.errors).toHaveLength(5);
    expect(written.error.errors[0]).toMatchObject({ message: 'connect ECONNREFUSED 192.0.2.0' });
  });

  test('an error is written with its code, its next step and its whole chain of causes', () => {
    const cause = new Error('connect ECONNREFUSED postgres://u:hunter2@db');
    const error = new HoldfastError('SOURCE_UNREACHABLE', 'db:5432 refused', {
      cause,
      details: { port: 5432 },
    });
    const written = loggable({ error: new HoldfastError('INTERNAL', 'outer', { cause: error }) });
    expect(written.error).toMatchObject({
      code: 'INTERNAL',
      message: 'outer',
      cause: {
        code: 'SOURCE_UNREACHABLE',
        next: expect.stringContaining('holdfast plan test'),
        details: { port: 5432 },
        cause: { name: 'Error', message: 'connect ECONNREFUSED postgres://u:[redacted]@db' },
      },
    });
    expect(JSON.stringify(written)).not.toContain('hunter2');
  });

  test('a field whose name says secret is hidden, a name of a secret is not', () => {
    expect(
      loggable({ login: { user: 'a', Password: 'x', privateKeyPem: 'y' }, secret: 'holdfast/shop' }),
    ).toEqual({
      login: { user: 'a', Password: '[redacted]', privateKeyPem: '[redacted]' },
      secret: 'holdfast/shop',
    });
  });

  test('whatever is given can be written, in bounded length', () => {
    const circle: Record<string, unknown> = { bytes: Buffer.alloc(10), big: 10n, when: new Date(Number.NaN) };
    circle.self = circle;
    let deep: unknown = 'bottom';
    for (let depth = 0; depth < 50; depth += 1) deep = { deep };
    const written = loggable({ circle, deep, many: Array(1000).fill('x'), act() {} });
    expect(written.circle).toMatchObject({
      bytes: '[10 bytes]',
      big: '10',
      when: 'invalid date',
      self: '[circular]',
    });
    expect(written.many).toHaveLength(101);
    expect(JSON.stringify(written).length).toBeLessThan(2_000);
  });
});

describe('the structured log', () => {
  const lines: Record<string, unknown>[] = [];
  beforeEach(() => {
    lines.length = 0;
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, 'write').mockImplementation((chunk) => {
        for (const line of String(chunk).split('\n')) if (line.startsWith('{')) lines.push(JSON.parse(line));
        return true;
      });
    }
  });
  afterEach(() => vi.restoreAllMocks());

  test('writes one JSON object a line, with level, message, its own fields and those of the line', () => {
    const log = structuredLog({ function: 'backup' }).with({ planId: 'shop', correlationId: 'c-1' });
    log.info('run started', { attempt: 1 });
    log.warn('lease was not renewed', { code: 'CONFLICT', message: 'password=hunter2' });
    log.error('run failed', { error: new HoldfastError('DUMP_FAILED', 'pg_dump said no') });
    expect(lines).toMatchObject([
      {
        level: 'INFO',
        message: 'run started',
        function: 'backup',
        planId: 'shop',
        correlationId: 'c-1',
        attempt: 1,
      },
      {
        level: 'WARN',
        message: 'lease was not renewed',
        code: 'CONFLICT',
        field_message: 'password=[redacted]',
      },
      { level: 'ERROR', message: 'run failed', error: { code: 'DUMP_FAILED', message: 'pg_dump said no' } },
    ]);
  });

  test('a line does not leave its fields to the next, nor a log to the one it came from', () => {
    const log = structuredLog();
    log.with({ planId: 'shop' }).info('one', { attempt: 1 });
    log.info('two');
    expect(lines[1]).not.toHaveProperty('planId');
    expect(lines[1]).not.toHaveProperty('attempt');
  });
});

test('the log of tests keeps what the real one would write', () => {
  const log = memoryLog({ planId: 'shop' });
  log.with({ attempt: 2 }).warn('password=hunter2', { password: 'hunter2' });
  expect(log.lines).toEqual([
    {
      level: 'warn',
      message: 'password=[redacted]',
      fields: { planId: 'shop', attempt: 2, password: '[redacted]' },
    },
  ]);
});
