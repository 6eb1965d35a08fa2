/** The console could not begin: what is wrong, and what still works. */
import type { Texts } from '../text/text.ts';

export function BootFailure({ thrown, texts }: { readonly thrown: unknown; readonly texts: Texts }) {
  const { bootFailure: text } = texts.shell;
  return (
    <main className="boot-failure">
      <h1>{text.title}</h1>
      <p>{thrown instanceof Error ? thrown.message : String(thrown)}</p>
      <p>{text.next}</p>
      <p>
        <a href="/">{text.again}</a>
      </p>
    </main>
  );
}
