/**
 * A notice as Slack takes it from an incoming webhook: blocks, and `text` for what shows no blocks (the notification of
 * a phone). Limits are of Slack's Block Kit reference: 50 blocks, 150 characters of a header, 3,000 of a section's text,
 * 10 fields of 2,000. Whatever comes from outside is escaped, so that it can neither link nor call anybody.
 */
import { cut, type Fact, type Notice, type Tone } from './notice.ts';

const signs: Record<Tone, string> = { critical: '🔴', warning: '🟠', good: '🟢', plain: '🔵' };

const mostSections = 20;

export function slackMessage(notice: Notice): Readonly<Record<string, unknown>> {
  const { tone, label, headline, lead, next, link, remark, facts, sections, reason, stackName } = notice;
  const rest = sections.length - mostSections;
  const blocks = [
    {
      type: 'header',
      text: { type: 'plain_text', text: cut(`${signs[tone]} ${headline}`, 150), emoji: true },
    },
    section(`*${escaped(label)}.* ${marked(lead, 2_000)}`),
    ...(next === undefined ? [] : [section(`*Next step:* ${marked(next, 2_000)}`)]),
    ...(link === undefined ? [] : [section(`<${escaped(link.url)}|${escaped(link.label)}>`)]),
    ...(facts.length === 0 ? [] : [{ type: 'section', fields: facts.slice(0, 10).map(field) }]),
    ...sections
      .slice(0, mostSections)
      .map((each) =>
        section(
          `*${escaped(each.title)}* ${signs[each.tone]} ${escaped(each.label)}\n${each.facts.map(inLine).join('\n')}`,
        ),
      ),
    ...(rest > 0 ? [section(`… and ${rest} more plans: \`holdfast status\` has them.`)] : []),
    ...(remark === undefined ? [] : [section(marked(remark, 2_000))]),
    {
      type: 'context',
      elements: [{ type: 'mrkdwn', text: `Holdfast, stack ${escaped(stackName)}. ${marked(reason, 1_000)}` }],
    },
  ];
  return { text: escaped(cut(`${label}: ${headline}`, 1_000)), blocks };
}

function section(text: string) {
  return {
    type: 'section',
    text: { type: 'mrkdwn', text: text.length <= 3_000 ? text : `${text.slice(0, 2_999)}…` },
  };
}

function field(fact: Fact) {
  return { type: 'mrkdwn', text: `*${escaped(fact.label)}*\n${valueText(fact)}` };
}

function inLine(fact: Fact): string {
  return `${escaped(fact.label)}: ${valueText(fact)}`;
}

function valueText({ value, isCode }: Fact): string {
  const short = cut(value, 300);
  return isCode ? `\`${escaped(short.replaceAll('`', "'"))}\`` : marked(short, 300);
}

/** Words in which what stands in backticks stays a command, and nothing else is markup. */
function marked(text: string, most: number): string {
  return cut(text, most)
    .split(/(`[^`\n]{1,300}`)/)
    .map((part, index) => (index % 2 === 1 ? escaped(part) : withoutMarks(escaped(part))))
    .join('');
}

/** A zero-width space keeps `*`, `_` and `~` from being taken for markup. */
function withoutMarks(text: string): string {
  return text.replaceAll(/[*_~`]/g, '\u200b$&\u200b');
}

/** Slack's three: &, < and >. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
