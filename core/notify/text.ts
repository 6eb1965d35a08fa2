/** A notice as plain text: the other half of each mail, and what a terminal shows of it. */
import type { Fact, Notice } from './notice.ts';

export function noticeText(notice: Notice): string {
  const { headline, label, lead, next, link, remark, facts, sections, reason, stackName } = notice;
  const paragraphs = [
    `${label}: ${headline}`,
    lead,
    next && `Next step: ${next}`,
    link && `${link.label}: ${link.url}`,
    factLines(facts),
    ...sections.map((section) => `${section.title}: ${section.label}\n${factLines(section.facts, '  ')}`),
    remark,
    // The signature mark: mail programs show what follows as one.
    `-- \nHoldfast, stack ${stackName}. ${reason}`,
  ];
  return `${paragraphs.filter((paragraph) => paragraph).join('\n\n')}\n`;
}

function factLines(facts: readonly Fact[], indent = ''): string {
  const width = Math.max(0, ...facts.map(({ label }) => label.length)) + 2;
  const lines = facts.map(({ label, value }) => {
    const [first = '', ...more] = value.split('\n');
    const hanging = more.map((line) => `${indent}${' '.repeat(width)}${line}`);
    return [`${indent}${`${label}:`.padEnd(width)}${first}`, ...hanging].join('\n');
  });
  return lines.join('\n');
}
