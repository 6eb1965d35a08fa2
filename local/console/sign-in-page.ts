/** The page on which somebody signs in to the local stack: a form, without a script. */
import { createHash } from 'node:crypto';

export interface SignInPage {
  /** Where the form goes. */
  readonly action: string;
  readonly users: readonly string[];
  /** Browsers follow a form only to where its page's policy lets them. */
  readonly redirectUri: string;
  readonly failed?: string | undefined;
}

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
main { max-width: 22rem; margin: 12vh auto 0; padding: 0 1rem }
label { display: block; margin-top: 1rem }
select, input, button { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; margin-top: .25rem }
button { margin-top: 1.5rem; cursor: pointer }
[role=alert] { border-left: 4px solid #c62828; padding-left: .75rem }
`;
const styleHash = createHash('sha256').update(style).digest('base64');

export function signInPage({ action, users, redirectUri, failed }: SignInPage): Response {
  const options = users.map((name) => `<option>${escaped(name)}</option>`).join('');
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in to the local Holdfast</title>
<style>${style}</style>
<main>
<h1>Sign in</h1>
<p>This is the local stack. Its users are as many as there are roles; <code>npm start</code> printed the password of
admin, and all of them are in <code>.local/run/state.json</code>.</p>
${failed === undefined ? '' : `<p role="alert">${escaped(failed)}</p>`}
<form method="post" action="${escaped(action)}">
<label>User <select name="name" autocomplete="username">${options}</select></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required autofocus></label>
<button>Sign in</button>
</form>
</main>
</html>
`;
  return new Response(html, {
    status: failed === undefined ? 200 : 401,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self' ${new URL(redirectUri).origin}; base-uri 'none'; frame-ancestors 'none'`,
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    },
  });
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (found) => entities[found] ?? '');
}
