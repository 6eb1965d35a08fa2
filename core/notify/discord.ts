/**
 * A notice as Discord takes it from a webhook: one embed. Limits are of Discord's developer documentation (Embed limits):
 * title 256, description 4,096, 25 fields of 256 and 1,024, footer 2,048, 6,000 characters in all. Nobody is called,
 * whatever the words say.
 */
import { cut, type Fact, type Notice, type Tone } from './notice.ts';

const colours: Record<Tone, number> = {
  critical: 0xd32f2f,
  warning: 0xf57c00,
  good: 0x2e9e55,
  plain: 0x3367d6,
};
const signs: Record<Tone, string> = { critical: '🔴', warning: '🟠', good: '🟢', plain: '🔵' };

/** Of the 6,000 what is left for the fields. */
const mostInFields = 2_400;

export function discordMessage(notice: Notice): Readonly<Record<string, unknown>> {
  const { tone, label, headline, lead, next, link, remark, facts, sections, reason, stackName, at } = notice;
  const paragraphs = [
    `**${escaped(label)}.** ${words(cut(lead, 1_200))}`,
    next && `**Next step:** ${words(cut(next, 800))}`,
    link && `[${escaped(link.label)}](${link.url})`,
    remark && words(cut(remark, 300)),
  ].filter((paragraph) => paragraph);
  const wanted = [
    ...facts.map((fact) => ({ name: fact.label, value: valueText(fact, 500), inline: true })),
    ...sections.map((each) => ({
      name: cut(`${signs[each.tone]} ${each.title}: ${each.label}`, 256),
      value: cut(
        each.facts.map((fact) => `${escaped(fact.label)}: ${valueText(fact, 150)}`).join('\n'),
        1_024,
      ),
      inline: false,
    })),
  ];
  return {
    // Also for a phone's notification, which shows no embed.
    content: escaped(cut(`${signs[tone]} ${headline}`, 300)),
    embeds: [
      {
        title: cut(escaped(headline), 256),
        description: cut(paragraphs.join('\n\n'), 2_600),
        color: colours[tone],
        fields: fitting(wanted),
        footer: { text: cut(`Holdfast, stack ${stackName}. ${reason.replaceAll('`', '')}`, 500) },
        timestamp: new Date(at).toISOString(),
      },
    ],
    allowed_mentions: { parse: [] },
  };
}

/** As many as there is room for; the last says how many are missing. */
function fitting(
  fields: readonly { readonly name: string; readonly value: string; readonly inline: boolean }[],
) {
  let room = mostInFields;
  const some = fields.slice(0, 24).filter(({ name, value }) => {
    room -= name.length + value.length;
    return room > 0;
  });
  const rest = fields.length - some.length;
  return rest > 0 ? [...some, { name: '…', value: `and ${rest} more`, inline: false }] : some;
}

function valueText({ value, isCode }: Fact, most: number): string {
  const short = cut(value, most);
  return isCode ? `\`${short.replaceAll('`', "'")}\`` : words(short);
}

/** What stands in backticks stays a command, and nothing else is markup. */
function words(text: string): string {
  return text
    .split(/(`[^`\n]{1,300}`)/)
    .map((part, index) => (index % 2 === 1 ? part : escaped(part)))
    .join('');
}

function escaped(text: string): string {
  return text.replaceAll(/[\\*_~`|>#[\]()<@]/g, '\\$&');
}
