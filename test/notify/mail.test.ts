/**
 * The notify function as it runs: alerts as SNS hands them over, its catalog and secrets on the local AWS, mails by SES
 * through a real SMTP server, a channel on a real web server.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Context } from 'aws-lambda';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { dynamoCatalog } from '../../adapters/dynamodb/catalog.ts';
import { documentClient } from '../../adapters/dynamodb/store.ts';
import { tableDefinition } from '../../adapters/dynamodb/table.ts';
import { sesMailer } from '../../adapters/ses/mailer.ts';
import type { Alert } from '../../core/alerts.ts';
import type { Catalog } from '../../core/ports/catalog.ts';
import { type Emulator, startEmulator } from '../../local/emulator.ts';
import { aPlan, failed, messageOf } from '../unit/notify/world.ts';

const from = 'holdfast@example.org';
const arrived: { readonly to: readonly string[]; readonly mail: Email }[] = [];
const posted: unknown[] = [];
let smtp: SMTPServer;
let web: Server;
let emulator: Emulator;
let stateDir: string;
let ses: SESv2Client;
let catalog: Catalog;
let handler: (event: unknown, context: Context) => Promise<unknown>;

const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

let settings: Readonly<Record<string, string>> = {};
function putSettings(more: Readonly<Record<string, string>>): void {
  settings = { ...settings, ...more };
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
}

beforeAll(async () => {
  smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    async onData(stream, session, done) {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      const to = session.envelope.rcptTo.map(({ address }) => address);
      arrived.push({ to, mail: await PostalMime.parse(Buffer.concat(chunks)) });
      done();
    },
  });
  await new Promise<void>((listening) => smtp.listen(0, '127.0.0.1', listening));
  web = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    posted.push(JSON.parse(Buffer.concat(chunks).toString()));
    response.writeHead(request.url === '/gone' ? 404 : 204).end();
  });
  await new Promise<void>((listening) => web.listen(0, '127.0.0.1', listening));
  stateDir = await mkdtemp(join(tmpdir(), 'holdfast-notify-'));
  emulator = await startEmulator({ stateDir, env: { SMTP_HOST: `127.0.0.1:${portOf(smtp.server)}` } });
  putSettings(emulator.env);
  ses = new SESv2Client({});
  for (const EmailIdentity of [from, 'ada@example.org', 'bob@example.org', 'root@example.org'])
    await ses.send(new CreateEmailIdentityCommand({ EmailIdentity }));
  const client = documentClient({});
  await client.send(new CreateTableCommand({ TableName: 'catalog', ...tableDefinition }));
  catalog = dynamoCatalog({ tableName: 'catalog', client });
  const secrets = new SecretsManagerClient({});
  for (const [name, path] of [
    ['ops', '/ops'],
    ['gone', '/gone'],
  ]) {
    const url = `http://127.0.0.1:${portOf(web)}${path}`;
    const SecretString = JSON.stringify({ kind: 'webhook', url, signingKey: '0123456789abcdef' });
    await secrets.send(new CreateSecretCommand({ Name: `holdfast/channels/${name}`, SecretString }));
  }
  const { TopicArn = '' } = await new SNSClient({}).send(new CreateTopicCommand({ Name: 'alerts' }));
  const environment = {
    HOLDFAST_VAULT_BUCKET: 'vault',
    HOLDFAST_TABLE: 'catalog',
    HOLDFAST_TOPIC_ARN: TopicArn,
    HOLDFAST_MAIL_FROM: from,
    HOLDFAST_NOTIFY: JSON.stringify({ recipients: ['root@example.org'] }),
    HOLDFAST_LOCAL: 'no-iam',
  };
  putSettings(environment);
  handler = (await import('../../functions/notify.ts')).handler;
}, 120_000);

beforeEach(() => {
  // What was stubbed is put back after each test.
  putSettings({});
  arrived.length = 0;
  posted.length = 0;
});

afterAll(async () => {
  vi.unstubAllEnvs();
  ses?.destroy();
  web?.close();
  await emulator?.stop();
  await new Promise<void>((closed) => smtp.close(() => closed()));
  await rm(stateDir, { recursive: true, force: true });
});

let calls = 0;
function call(event: unknown): Promise<unknown> {
  calls += 1;
  const context = {
    awsRequestId: `r-${calls}`,
    functionName: 'notify',
    getRemainingTimeInMillis: () => 300_000,
  } as Context;
  return handler(event, context);
}

/** As SNS hands it to a function (AWS Lambda Developer Guide, Using AWS Lambda with Amazon SNS). */
function topicEvent(alert: Alert, messageId: string) {
  const { subject, text, attributes, sentAt } = messageOf(alert, messageId);
  const MessageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, Value]) => [name, { Type: 'String', Value }]),
  );
  const Sns = {
    Type: 'Notification',
    MessageId: messageId,
    TopicArn: 'arn',
    Subject: subject,
    Message: text,
    Timestamp: sentAt,
    MessageAttributes,
  };
  return { Records: [{ EventSource: 'aws:sns', EventVersion: '1.0', EventSubscriptionArn: 'arn', Sns }] };
}

/** The local AWS hands mails on behind the call's back. */
async function mails(count: number) {
  await vi.waitFor(() => expect(arrived.length).toBeGreaterThanOrEqual(count), {
    timeout: 10_000,
    interval: 25,
  });
  return arrived.toSorted((one, other) => (String(one.to) < String(other.to) ? -1 : 1));
}

test('an alert reaches mailboxes as HTML beside plain text, and the channel; its repetition reaches nobody', async () => {
  const why = 'Größe ≠ erwartet: <b>"shop" & co</b> …';
  const plan = aPlan('shop', {
    recipients: ['ada@example.org', 'bob@example.org'],
    channels: [{ name: 'ops', secret: 'holdfast/channels/ops' }],
  });
  await catalog.putPlan(plan, 0, 'ada', '2026-11-01T00:00:00.000Z');
  const event = topicEvent({ ...failed, why }, 'message-1');
  expect(await call(event)).toMatchObject({ told: [{ delivered: 3, failed: 0 }] });
  const [ada, bob] = await mails(2);
  expect([ada?.to, bob?.to]).toEqual([['ada@example.org'], ['bob@example.org']]);
  const mail = ada?.mail;
  expect(mail).toMatchObject({ subject: '[Holdfast] Backup failed - plan shop', from: { address: from } });
  expect(mail?.to?.map(({ address }) => address)).toEqual(['ada@example.org']);
  expect(mail?.text).toContain(why);
  expect(mail?.html).toContain('Größe ≠ erwartet: &lt;b&gt;&quot;shop&quot; &amp; co&lt;/b&gt; …');
  expect(posted).toMatchObject([
    { format: 'holdfast/notice', kind: 'backup-failed', planId: 'shop', text: why },
  ]);
  expect(await call(event)).toMatchObject({ told: [{ delivered: 0, toldBefore: 3 }] });
  expect(arrived).toHaveLength(2);
});

test('what is about no plan reaches the list of the stack', async () => {
  const { planId: _, backupId: __, ...bare } = failed;
  await call(topicEvent({ ...bare, kind: 'cleanup-stalled' }, 'message-2'));
  expect((await mails(1))[0]?.to).toEqual(['root@example.org']);
});

test('a test says of each what came of it and how to mend it', async () => {
  const plan = aPlan('unsaved', {
    recipients: ['ada@example.org', 'stranger@example.com'],
    channels: [
      { name: 'ops', secret: 'holdfast/channels/ops' },
      { name: 'gone', secret: 'holdfast/channels/gone' },
      { name: 'none', secret: 'holdfast/channels/none' },
    ],
  });
  const reply = await call({ task: 'test', plan, by: 'ada' });
  expect(reply).toMatchObject({
    ok: false,
    results: [
      { kind: 'email', name: 'ada@example.org', ok: true, detail: 'handed over to SES' },
      { kind: 'email', name: 'stranger@example.com' },
      { kind: 'channel', name: 'ops', ok: true },
      {
        kind: 'channel',
        name: 'gone',
        ok: false,
        code: 'NOTIFY_FAILED',
        detail: expect.stringContaining('answered 404'),
      },
      { kind: 'channel', name: 'none', ok: false, code: 'SECRET_NOT_FOUND' },
    ],
  });
  expect((await mails(1))[0]?.mail.subject).toBe('[Holdfast] Test - plan unsaved');
});

test('a sender that is not verified is NOTIFY_FAILED, with how to mend it', async () => {
  const mailer = sesMailer({ from: 'nobody@example.net', client: ses });
  const sent = mailer.send({ to: 'ada@example.org', subject: 's', html: '<p>h</p>', text: 't' });
  await expect(sent).rejects.toMatchObject({
    code: 'NOTIFY_FAILED',
    next: expect.stringContaining('Verify the sender'),
  });
});

test('an event that it does not know is refused, and the week is summed up without a plan', async () => {
  await expect(call({ task: 'shout' })).rejects.toThrow('INVALID_INPUT');
  const week = { task: 'weekly-summary', scheduledTime: '<aws.scheduler.scheduled-time>' };
  expect(await call(week)).toEqual({ plans: 0, delivered: 0, failed: 0, toldBefore: 0, heldBack: 0 });
});
