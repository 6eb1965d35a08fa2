/**
 * The public status page: one word for everybody, without a sign-in and without the console's libraries. Asks again each
 * minute while it is seen; what was known stays when an answer fails, and says that it is old.
 */
import { statusWords } from '../text/status.ts';
import { type Asked, languageOf, readStatus, type View, viewOf } from './view.ts';

const everyMs = 60_000;
const timeoutMs = 15_000;

const language = languageOf(navigator.languages);
const words = statusWords[language];
const found = document.getElementById('status');
if (!found) throw new Error('status.html has no #status');
const place: HTMLElement = found;
let asked: Asked | undefined;
let timer: number | undefined;

document.documentElement.lang = language;
document.title = words.title;

async function ask(): Promise<Asked> {
  try {
    const config = await answer('/config.json');
    const { apiUrl } = (await config.json()) as { readonly apiUrl?: unknown };
    const response = await answer(`${String(apiUrl).replace(/\/$/, '')}/v1/public-status`);
    if (response.status === 404) return { kind: 'not-public' };
    if (!response.ok) throw new Error(`${response.status}`);
    return { kind: 'known', status: readStatus(await response.json()), at: new Date() };
  } catch {
    // Whatever it was, there is one thing to say: no answer; and what was known before.
    if (asked?.kind === 'known') return { kind: 'unreachable', before: asked };
    return asked?.kind === 'unreachable' ? asked : { kind: 'unreachable' };
  }
}

const answer = (address: string) =>
  fetch(address, { credentials: 'omit', signal: AbortSignal.timeout(timeoutMs) });

function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  text: string,
  ...children: readonly Node[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  made.append(...(text === '' ? [] : [text]), ...children);
  return made;
}

/** Read out when it changes, unlike the times below, which change with each answer. */
const verdict = element('div', '');
verdict.setAttribute('role', 'status');
const rest = element('div', '');
rest.className = 'rest';
let said = '';

function show(view: View): void {
  const key = `${view.headline} ${view.meaning}`;
  if (key !== said) {
    const heading = element('h1', view.headline);
    heading.dataset.tone = view.tone;
    verdict.replaceChildren(heading, element('p', view.meaning));
    document.title = `${view.headline} · ${words.title}`;
  }
  said = key;
  const facts = element('dl', '');
  for (const { name, at, text } of view.facts) {
    const time = element('time', text);
    time.dateTime = at;
    facts.append(element('div', '', element('dt', name), element('dd', '', time)));
  }
  const foot = element('p', view.foot);
  foot.className = 'foot';
  const link = element('a', words.signIn);
  link.href = '/';
  rest.replaceChildren(
    ...(view.facts.length > 0 ? [facts] : []),
    ...(view.foot === '' ? [] : [foot]),
    ...(view.signIn ? [element('p', '', link)] : []),
  );
  place.removeAttribute('aria-busy');
}

async function round(): Promise<void> {
  window.clearTimeout(timer);
  asked = await ask();
  show(viewOf(asked, language, new Date()));
  window.clearTimeout(timer);
  if (!document.hidden) timer = window.setTimeout(() => void round(), everyMs);
}

document.addEventListener('visibilitychange', () => {
  window.clearTimeout(timer);
  if (!document.hidden) void round();
});
const brand = element('p', `Holdfast · ${words.title}`);
brand.className = 'brand';
verdict.append(element('p', words.loading));
place.replaceChildren(brand, verdict, rest);
void round();
