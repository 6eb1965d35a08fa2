/**
 * A notice as HTML that mail programs show: one column of at most 600 px, styles inline (many drop the rest), no
 * pictures and nothing fetched, light and dark. Everything that comes from outside is escaped.
 */
import type { ConsoleLink } from './console-link.ts';
import type { Fact, Notice, Section, Tone } from './notice.ts';

/** Light ones stand inline; dark ones come by a style sheet, for programs that tell when it is dark. Contrast is at least 4.5:1. */
const light = {
  page: '#f1f3f5',
  card: '#ffffff',
  text: '#1b1f24',
  muted: '#59636e',
  line: '#d9dee3',
  box: '#f1f3f5',
  code: '#e2e6ea',
};
const dark = {
  page: '#101317',
  card: '#1a1e24',
  text: '#e9ecef',
  muted: '#a6b0ba',
  line: '#3a424b',
  box: '#252b32',
  code: '#363f49',
};
const tones: Record<Tone, { readonly light: string; readonly dark: string }> = {
  critical: { light: '#b3261e', dark: '#ff8a80' },
  warning: { light: '#8f4f00', dark: '#ffb95c' },
  good: { light: '#1a6e37', dark: '#6bd48f' },
  plain: { light: '#2a57b8', dark: '#94b8ff' },
};

const sans = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const mono = "font-family:ui-monospace,SFMono-Regular,Consolas,'Liberation Mono',monospace;font-size:14px";

const sheet = [
  ':root{color-scheme:light dark;supported-color-schemes:light dark}',
  'body{margin:0;padding:0;-webkit-text-size-adjust:100%}',
  '@media (max-width:480px){',
  '.page{padding:0!important}.card{border-left:0!important;border-right:0!important;border-radius:0!important}',
  '.in{padding-left:16px!important;padding-right:16px!important}',
  '.fact th{width:84px!important;padding-right:8px!important}.fact td{font-size:15px!important}.fact .mono{font-size:13px!important}',
  '}',
  '@media (prefers-color-scheme:dark){',
  `.page{background:${dark.page}!important}.card{background:${dark.card}!important;border-color:${dark.line}!important}`,
  `.text{color:${dark.text}!important}.muted{color:${dark.muted}!important}`,
  `.box{background:${dark.box}!important}.code{background:${dark.code}!important}.line{border-color:${dark.line}!important}`,
  ...Object.entries(tones).map(
    ([tone, colour]) =>
      `.${tone}{color:${colour.dark}!important}.bar-${tone}{border-top-color:${colour.dark}!important}.edge-${tone}{border-left-color:${colour.dark}!important}`,
  ),
  '}',
].join('');

export function noticeHtml(notice: Notice): string {
  const { subject, tone, label, headline, lead, next, link, remark, facts, sections, reason, stackName } =
    notice;
  const inside = [
    `<p class="${tone}" style="margin:0 0 4px;font-size:14px;font-weight:600;color:${tones[tone].light}">${escaped(label)}</p>`,
    `<h1 class="text" style="margin:0 0 12px;font-size:22px;line-height:1.3;font-weight:650;color:${light.text};overflow-wrap:anywhere">${escaped(headline)}</h1>`,
    paragraph(lead, 16),
    next === undefined ? '' : nextStep(next, tone),
    link === undefined ? '' : linkTo(link),
    factTable(facts),
    ...sections.map(sectionHtml),
    remark === undefined
      ? ''
      : `<hr class="line" style="margin:16px 0;border:0;border-top:1px solid ${light.line}">${paragraph(remark, 0)}`,
  ].join('\n');
  return `<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no">
<title>${escaped(subject)}</title>
<style>${sheet}</style>
</head>
<body class="page" style="margin:0;padding:0;background:${light.page}">
<div class="page" style="background:${light.page};padding:24px 12px;${sans};font-size:16px;line-height:1.5">
<div style="display:none;max-height:0;overflow:hidden">${escaped(plain(lead).slice(0, 140))}</div>
<article class="card bar-${tone}" style="max-width:600px;margin:0 auto;background:${light.card};border:1px solid ${light.line};border-top:4px solid ${tones[tone].light};border-radius:6px">
<div class="in" style="padding:20px 24px 24px">
${inside}
</div>
</article>
<p class="muted in" style="max-width:600px;margin:12px auto 0;padding:0 24px 12px;box-sizing:border-box;font-size:13px;color:${light.muted};overflow-wrap:anywhere">Holdfast, stack ${escaped(stackName)}. ${escaped(plain(reason))}</p>
</div>
</body>
</html>
`;
}

function paragraph(text: string, bottom: number): string {
  return `<p class="text" style="margin:0 0 ${bottom}px;color:${light.text};overflow-wrap:anywhere">${words(text)}</p>`;
}

function nextStep(text: string, tone: Tone): string {
  return `<div class="box edge-${tone}" style="margin:0 0 16px;padding:12px 16px;background:${light.box};border-left:4px solid ${tones[tone].light};border-radius:4px">
<h2 class="text" style="margin:0 0 4px;font-size:14px;font-weight:650;color:${light.text}">Next step</h2>
${paragraph(text, 0)}
</div>`;
}

function linkTo({ label, url }: ConsoleLink): string {
  return `<p style="margin:0 0 16px"><a class="plain" href="${escaped(url)}" style="font-weight:600;color:${tones.plain.light}">${escaped(label)}</a></p>`;
}

function factTable(facts: readonly Fact[]): string {
  const rows = facts.map(
    ({ label, value, isCode }) =>
      `<tr><th scope="row" class="muted" style="width:128px;padding:4px 12px 4px 0;text-align:left;vertical-align:baseline;font-size:14px;font-weight:500;color:${light.muted}">${escaped(label)}</th><td class="text${isCode ? ' mono' : ''}" style="padding:4px 0;vertical-align:baseline;color:${light.text};overflow-wrap:anywhere;word-break:break-word${isCode ? `;${mono}` : ''}">${lines(value)}</td></tr>`,
  );
  return `<table class="fact" style="width:100%;margin:0;border-collapse:collapse">\n${rows.join('\n')}\n</table>`;
}

function sectionHtml({ title, tone, label, facts }: Section): string {
  return `<section class="line" style="margin:16px 0 0;padding:16px 0 0;border-top:1px solid ${light.line}">
<h2 class="text" style="margin:0 0 4px;font-size:17px;font-weight:650;color:${light.text};overflow-wrap:anywhere">${escaped(title)} <span class="${tone}" style="font-size:14px;font-weight:600;color:${tones[tone].light}">${escaped(label)}</span></h2>
${factTable(facts)}
</section>`;
}

/** What stands in backticks is a command. */
function words(text: string): string {
  return text
    .split(/`([^`\n]{1,300})`/)
    .map((part, index) =>
      index % 2 === 0
        ? lines(part)
        : `<code class="code" style="padding:1px 4px;border-radius:3px;background:${light.code};${mono}">${escaped(part)}</code>`,
    )
    .join('');
}

const plain = (text: string) => text.replaceAll('`', '');
const lines = (text: string) => escaped(text).replaceAll('\n', '<br>');

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Control characters have no place in a page; what they hide must not be hidden, so they show as a mark. */
function escaped(text: string): string {
  return text
    .replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
    .replaceAll(/(?!\n)[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
