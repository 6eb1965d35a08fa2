/** Where in the web console a notice leads to; nothing where the stack has none. */
import { type Alert, conditionIdOf } from '../alerts.ts';

export interface ConsoleLink {
  readonly label: string;
  readonly url: string;
}

/** Without a slash at the end: `https://holdfast.example.org`. */
type ConsoleUrl = string | undefined;

/** To the run, where it is about one; else to the alert, and of many plans to the list. */
export function alertLink(alert: Alert, consoleUrl: ConsoleUrl): ConsoleLink | undefined {
  if (alert.backupId !== undefined) return runLink(alert.backupId, consoleUrl);
  if (consoleUrl === undefined) return undefined;
  const isDigest = alert.planId === undefined && alert.conditionId === undefined && alert.planIds;
  if (isDigest || alert.kind === 'warning') return { label: 'Open the alerts', url: `${consoleUrl}/alerts` };
  const alertId = Buffer.from(conditionIdOf(alert)).toString('base64url');
  return { label: 'Open this alert', url: `${consoleUrl}/alerts/${alertId}` };
}

export function runLink(backupId: string, consoleUrl: ConsoleUrl): ConsoleLink | undefined {
  if (consoleUrl === undefined) return undefined;
  return { label: 'Open this run', url: `${consoleUrl}/runs/${encodeURIComponent(backupId)}` };
}

export function overviewLink(consoleUrl: ConsoleUrl): ConsoleLink | undefined {
  return consoleUrl === undefined ? undefined : { label: 'Open the console', url: `${consoleUrl}/` };
}
