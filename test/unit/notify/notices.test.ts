/** How notices read, and that nothing which comes from outside is taken for anything but words. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Alert, alertForRecovery, digest } from '../../../core/alerts.ts';
import { readMessage, writeAlert } from '../../../core/notify/alert-attribute.ts';
import { alertNotice } from '../../../core/notify/alert-notice.ts';
import { parseChannelSecret } from '../../../core/notify/channel-secret.ts';
import { discordMessage } from '../../../core/notify/discord.ts';
import { noticeHtml } from '../../../core/notify/html.ts';
import type { Notice } from '../../../core/notify/notice.ts';
import { slackMessage } from '../../../core/notify/slack.ts';
import { noticeText } from '../../../core/notify/text.ts';
import { webhookMessage } from '../../../core/notify/webhook.ts';
import { failed, messageOf } from './world.ts';

const context = {
  id: 'n-1',
  planIds: ['shop'],
  reason: 'Plan shop names this address.',
  stackName: 'Holdfast',
};
const notice = alertNotice(failed, context);

test('a mail says what failed, on what, why, what to do, and why this person gets it: as text and as HTML', () => {
  for (const text of [noticeText(notice), noticeHtml(notice)]) {
    const words = text.replaceAll('&quot;', '"');
    for (const said of [
      'Backup failed: shop',
      failed.backupId,
      failed.why,
      failed.next,
      'SOURCE_AUTH',
      context.reason,
    ])
      expect(words).toContain(said);
  }
});

describe('with a web console', () => {
  const consoleUrl = 'https://holdfast.example.org';
  const linkOf = (alert: Alert) => alertNotice(alert, { ...context, consoleUrl }).link?.url;

  test('an alert leads to its run, or else to itself, or of many plans to the list', () => {
    expect(linkOf(failed)).toBe(`${consoleUrl}/runs/${failed.backupId}`);
    const { backupId: _, ...missed } = { ...failed, kind: 'backup-missed' as const };
    const id = Buffer.from('backup-missed/shop').toString('base64url');
    expect(linkOf(missed)).toBe(`${consoleUrl}/alerts/${id}`);
    expect(linkOf(digest([failed, { ...failed, planId: 'wiki' }], failed.at))).toBe(`${consoleUrl}/alerts`);
    expect(alertNotice(failed, context).link).toBeUndefined();
  });

  test('every way of telling has the link', () => {
    const linked = alertNotice(failed, { ...context, consoleUrl });
    const url = `${consoleUrl}/runs/${failed.backupId}`;
    expect(noticeText(linked)).toContain(`Open this run: ${url}\n`);
    expect(noticeHtml(linked)).toMatch(new RegExp(`<a [^>]*href="${url}"[^>]*>Open this run</a>`));
    expect(JSON.stringify(slackMessage(linked))).toContain(`<${url}|Open this run>`);
    expect(JSON.stringify(discordMessage(linked))).toContain(`[Open this run](${url})`);
    expect(webhookMessage(linked)).toMatchObject({ link: url });
  });
});

test('that it is well again is said in words, not by colour alone', () => {
  const recovered = alertForRecovery(
    { kind: 'backup-failed', severity: 'critical', planId: 'shop', why: 'it failed', since: failed.at },
    failed.at,
  );
  const text = noticeText(alertNotice(recovered, context));
  expect(text).toMatch(/^Recovered: Well again: Backup failed: shop\n/);
  expect(text).toContain('It was: it failed');
});

test('of a digest each person reads of the plans that name them', () => {
  const all = digest([failed, { ...failed, planId: 'wiki' }, { ...failed, planId: 'blog' }], failed.at);
  const own = alertNotice(all, { ...context, planIds: ['wiki'] });
  expect(own.facts).toContainEqual({ label: 'Plans', value: 'wiki' });
  expect(own.about.planIds).toEqual(['wiki']);
});

describe('HTML', () => {
  const html = (change: Partial<Notice>) => noticeHtml({ ...notice, ...change });
  test('fetches nothing, runs nothing and knows light and dark', () => {
    expect(html({})).not.toMatch(/<(img|script|link|iframe|a|form|object)\b|url\(|https?:|@import/i);
    expect(html({})).toContain('<meta name="color-scheme" content="light dark">');
    expect(html({})).toContain('@media (prefers-color-scheme:dark)');
  });
  test('what comes from outside adds no element and no attribute, whatever it is', () => {
    const skeleton = (text: string) => text.replaceAll(/>[^<]*</g, '><');
    const field = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom(
        '<script>alert(1)</script>',
        '" onload="x',
        "'><img src=x>",
        '&lt;b&gt;',
        '</style><b>',
      ),
    );
    fc.assert(
      fc.property(field, field, field, (one, two, three) => {
        // Of backticks and lines elements are made on purpose.
        const [a, b, c] = [one, two, three].map((text) => `x${text.replaceAll(/[`\n]/g, '')}`);
        const change = {
          subject: a,
          headline: b,
          lead: c,
          next: a,
          remark: b,
          reason: c,
          stackName: a,
          label: b,
        };
        const facts = [{ label: a ?? '', value: b ?? '', isCode: true }];
        const plain = {
          subject: 'x',
          headline: 'x',
          lead: 'x',
          next: 'x',
          remark: 'x',
          reason: 'x',
          stackName: 'x',
          label: 'x',
        };
        expect(skeleton(html({ ...change, facts }))).toBe(
          skeleton(html({ ...plain, facts: [{ label: 'x', value: 'x', isCode: true }] })),
        );
      }),
      { numRuns: 200 },
    );
  });
  test('directions and control characters cannot hide what it says', () => {
    expect(html({ lead: 'a\u202eb\u0000c' })).toContain('a\ufffdb\ufffdc');
  });
});

describe('Slack', () => {
  test('gets a header, the reason, the next step, fields and a context', () => {
    const { blocks, text } = slackMessage(notice) as { blocks: { type: string }[]; text: string };
    expect(blocks.map(({ type }) => type)).toEqual(['header', 'section', 'section', 'section', 'context']);
    expect(text).toBe('Critical: Backup failed: shop');
  });
  test('is not made to call everybody, to link or to embolden', () => {
    const json = JSON.stringify(
      slackMessage({ ...notice, headline: '<!channel>', lead: '<!here> <https://evil.example|ok> *b*' }),
    );
    expect(json).not.toMatch(/<!here>|<https/);
    expect(json).not.toMatch(/[^\u200b]\*b/);
  });
  test('gets no more than it takes', () => {
    const { blocks } = slackMessage(huge) as {
      blocks: { text?: { text: string }; fields?: { text: string }[] }[];
    };
    expect(blocks.length).toBeLessThanOrEqual(50);
    expect(blocks[0]?.text?.text.length).toBeLessThanOrEqual(150);
    for (const { text, fields = [] } of blocks) {
      expect(text?.text.length ?? 0).toBeLessThanOrEqual(3_000);
      expect(fields.length).toBeLessThanOrEqual(10);
      for (const each of fields) expect(each.text.length).toBeLessThanOrEqual(2_000);
    }
  });
});

describe('Discord', () => {
  interface Message {
    readonly content: string;
    readonly allowed_mentions: unknown;
    readonly embeds: readonly {
      readonly title: string;
      readonly description: string;
      readonly footer: { readonly text: string };
      readonly fields: readonly { readonly name: string; readonly value: string }[];
    }[];
  }
  test('gets one embed, and calls nobody', () => {
    const message = discordMessage({ ...notice, lead: '@everyone **b**' }) as unknown as Message;
    expect(message.allowed_mentions).toEqual({ parse: [] });
    expect(message.embeds[0]?.description).toContain('\\@everyone \\*\\*b\\*\\*');
    expect(message.embeds).toHaveLength(1);
  });
  test('gets no more than it takes', () => {
    const { content, embeds } = discordMessage(huge) as unknown as Message;
    const [embed] = embeds;
    if (!embed) throw new Error('no embed');
    expect(content.length).toBeLessThanOrEqual(2_000);
    expect(embed.title.length).toBeLessThanOrEqual(256);
    expect(embed.description.length).toBeLessThanOrEqual(4_096);
    expect(embed.description).toContain('**Next step:**');
    expect(embed.fields.length).toBeLessThanOrEqual(25);
    for (const { name, value } of embed.fields) {
      expect(name.length).toBeLessThanOrEqual(256);
      expect(value.length).toBeLessThanOrEqual(1_024);
      expect(value.length).toBeGreaterThan(0);
    }
    const all = [
      embed.title,
      embed.description,
      embed.footer.text,
      ...embed.fields.flatMap(({ name, value }) => [name, value]),
    ];
    expect(all.join('').length).toBeLessThanOrEqual(6_000);
  });
});

const long = 'a*<&`é'.repeat(2_000);
const huge: Notice = {
  ...notice,
  headline: long,
  lead: long,
  next: long,
  remark: long,
  reason: long,
  facts: Array.from({ length: 12 }, () => ({ label: 'Fact', value: long })),
  sections: Array.from({ length: 60 }, (_, index) => ({
    title: `plan ${index} ${long}`,
    tone: 'good' as const,
    label: 'well',
    facts: Array.from({ length: 5 }, () => ({ label: 'Fact', value: long })),
  })),
};

test('a webhook gets a version, an id and the alert field by field', () => {
  expect(JSON.parse(JSON.stringify(webhookMessage(notice)))).toMatchObject({
    format: 'holdfast/notice',
    version: 1,
    id: 'n-1',
    event: 'alert',
    stack: 'Holdfast',
    kind: 'backup-failed',
    severity: 'critical',
    state: 'broken',
    planId: 'shop',
    backupId: failed.backupId,
    code: 'SOURCE_AUTH',
    next: failed.next,
  });
});

describe('a message of the topic', () => {
  test('is the alert that was published, with its plans', () => {
    const { planId: _, ...bare } = failed;
    const all = { ...bare, planIds: ['shop', 'wiki'] };
    const { planId: __, ...expected } = { ...all, state: 'broken' as const, planId: undefined };
    expect(readMessage(messageOf(all))).toEqual(JSON.parse(JSON.stringify(expected)));
  });
  test('of whose words the secrets are taken, so that it still is JSON', () => {
    const written = writeAlert({ ...failed, why: 'PGPASSWORD=hunter2' }, (text) =>
      text.replaceAll('hunter2', '[redacted]'),
    );
    expect(JSON.parse(written)).toMatchObject({ why: 'PGPASSWORD=[redacted]', next: failed.next });
    expect(JSON.parse(written)).not.toHaveProperty('text');
  });
  test('fits beside the text, however much there is to say', () => {
    const written = writeAlert(
      { ...failed, why: 'x'.repeat(100_000), next: 'y'.repeat(100_000) },
      (text) => text,
    );
    expect(written.length).toBeLessThan(10_000);
    expect(readMessage({ ...messageOf(failed), attributes: { alert: written } })).toMatchObject({
      kind: 'backup-failed',
    });
  });

  const alarm = (value: string) => ({
    messageId: 'm',
    subject: 'ALARM: "Unread"',
    sentAt: failed.at,
    attributes: {},
    text: JSON.stringify({
      AlarmName: 'Holdfast-Unread',
      AlarmDescription: 'nobody reads',
      NewStateValue: value,
    }),
  });
  test('may be an alarm of CloudWatch, raised or well again', () => {
    expect(readMessage(alarm('ALARM'))).toMatchObject({
      kind: 'alarm',
      severity: 'critical',
      state: 'broken',
      why: 'Holdfast-Unread: nobody reads',
      conditionId: 'alarm/-/Holdfast-Unread',
    });
    expect(readMessage(alarm('OK'))).toMatchObject({ state: 'recovered' });
    expect(readMessage(alarm('INSUFFICIENT_DATA'))).toBeUndefined();
  });
  test('may be words that somebody published', () => {
    const read = readMessage({ ...alarm('ALARM'), subject: 'hello', text: 'who is there?' });
    expect(read).toMatchObject({ kind: 'warning', severity: 'warning', why: 'who is there?' });
  });
});

describe('the secret of a channel', () => {
  const url = 'https://hooks.example.org/T0/B0/path-is-secret';
  test.each([
    ['{}', 'kind, url'],
    [JSON.stringify({ kind: 'teams', url }), 'kind'],
    [JSON.stringify({ kind: 'slack', url: 'no url' }), 'url'],
    [JSON.stringify({ kind: 'webhook', url, signingKey: 'short' }), 'signingKey'],
    [JSON.stringify({ kind: 'slack', url, more: 1 }), 'the whole'],
    [url, 'the whole'],
  ])('%s is refused by the field, without its value', (text, field) => {
    const parse = () => parseChannelSecret(text, 'holdfast/channels/ops');
    expect(parse).toThrow(expect.objectContaining({ code: 'SECRET_INVALID' }));
    expect(parse).toThrow(`(${field})`);
    expect(parse).not.toThrow(/path-is-secret/);
  });
});
