/** More mails about one plan than anybody reads become one that says so. */
import type { NotifyDeps } from './context.ts';

/** Mails to one person about one plan within an hour of the clock. */
export const mostMailsAnHour = 20;

export interface Room {
  /** False: neither this nor any other mail within this hour. */
  readonly isLeft: boolean;
  /** What the last one says. */
  readonly remark?: string;
}

/** Good news is counted for itself, so that it never takes the place of bad. In doubt there is room. */
export async function roomForMail(
  planId: string,
  event: 'alert' | 'success',
  deps: NotifyDeps,
): Promise<Room> {
  const { catalog, clock, log } = deps;
  const hour = clock.now().toISOString().slice(0, 13);
  const ends = new Date(Date.parse(`${hour}:00:00Z`) + 3_600_000);
  const until = new Date(ends.getTime() + 3_600_000).toISOString();
  let count: number;
  try {
    count = await catalog.countUp(`notify/${event}/${planId}/${hour}`, until, clock.now().toISOString());
  } catch (error) {
    log.warn('how many mails there were is not known', { planId, error });
    return { isLeft: true };
  }
  if (count <= mostMailsAnHour) return { isLeft: true };
  if (count > mostMailsAnHour + 1) return { isLeft: false };
  const time = ends.toISOString().slice(11, 16);
  return {
    isLeft: true,
    remark: `These were more than ${mostMailsAnHour} mails about plan ${planId} within an hour: this one stands for all that follow before ${time} UTC. \`holdfast status\` and \`holdfast list ${planId}\` have everything.`,
  };
}
