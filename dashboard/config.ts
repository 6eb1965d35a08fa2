/** What the deployment says about itself (`/config.json`): where the API is, and who signs people in. */

export interface ConsoleConfig {
  readonly stackName: string;
  /** Without a slash at its end. */
  readonly apiUrl: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  /** Asked of the issuer, where it gives access tokens for an audience only on request. */
  readonly audience?: string;
  /** Endpoints of the issuer, which save a call; default: its discovery document. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Whether the issuer asks for the password again when it is told to (`prompt=login`). */
  readonly stepUp: 'prompt' | 'none';
}

/** Throws an Error that a person can read when the file is not there or not whole. */
export async function readConfig(): Promise<ConsoleConfig> {
  const response = await fetch('/config.json', { credentials: 'same-origin' });
  if (!response.ok) throw new Error(`/config.json: ${response.status}`);
  const found: unknown = await response.json();
  if (!isConfig(found)) throw new Error('/config.json lacks apiUrl, issuer, clientId or scope');
  return found;
}

function isConfig(value: unknown): value is ConsoleConfig {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Record<string, unknown>;
  return ['apiUrl', 'issuer', 'clientId', 'scope'].every((name) => typeof fields[name] === 'string');
}
