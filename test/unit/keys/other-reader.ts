/**
 * A reader of PKCS#8 under a passphrase that is not Node's own: the `openssl` program where the machine has it, else the
 * `cryptography` package in the local AWS's own Python, which every machine that runs the tests has.
 */
import { execFileSync } from 'node:child_process';
import { emulatorPython } from '../../../local/python.ts';

export interface OtherReader {
  readonly name: 'openssl' | 'python';
  /** The first key of the file as PKCS#8 PEM; throws with a wrong passphrase. */
  open(file: string, passphrase: string): string;
}

const script = `
import os, re, sys
from cryptography.hazmat.primitives.serialization import load_pem_private_key, Encoding, PrivateFormat, NoEncryption
text = open(sys.argv[1], "rb").read()
first = re.search(rb"-----BEGIN ENCRYPTED PRIVATE KEY-----.*?-----END ENCRYPTED PRIVATE KEY-----", text, re.S).group()
key = load_pem_private_key(first, os.environ["PASSPHRASE"].encode())
sys.stdout.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())
`;

export async function otherReader(): Promise<OtherReader> {
  const run = (program: string, args: readonly string[], passphrase: string) =>
    execFileSync(program, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, PASSPHRASE: passphrase },
    });
  if (hasOpenssl()) {
    return {
      name: 'openssl',
      open: (file, passphrase) =>
        run('openssl', ['pkey', '-in', file, '-passin', 'env:PASSPHRASE'], passphrase),
    };
  }
  const python = await emulatorPython();
  return { name: 'python', open: (file, passphrase) => run(python, ['-c', script, file], passphrase) };
}

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
