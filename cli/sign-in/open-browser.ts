/** Opens a page in the browser of this machine, if it has one; whether it did nobody can tell. */
import { spawn } from 'node:child_process';

export function openBrowser(url: string): void {
  const [program, args]: [string, string[]] =
    process.platform === 'darwin'
      ? ['open', [url]]
      : process.platform === 'win32'
        ? ['rundll32', ['url.dll,FileProtocolHandler', url]]
        : ['xdg-open', [url]];
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  // There may be none: the address is printed as well.
  child.on('error', () => {});
  child.unref();
}
