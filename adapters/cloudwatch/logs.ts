/**
 * The log of the stack's functions in CloudWatch Logs, by FilterLogEvents on each of their groups. A page takes at most
 * ten seconds: a group in which 10,000 plans log may not be looked through by then, and the cursor says where each is.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
 */
import { createHash } from 'node:crypto';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { z } from 'zod';
import { mapAtATime } from '../../core/at-a-time.ts';
import { HoldfastError, InvalidInput } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/index.ts';
import {
  type LogLine,
  type LogPage,
  type LogQuestion,
  type LogReader,
  logLevels,
} from '../../core/ports/log-reader.ts';
import { promptHandler } from '../aws-http.ts';
import { lineOf } from './log-lines.ts';

export interface LogReaderOptions {
  /** Names of log groups by name of function: `{"backup": "/aws/lambda/…"}`. At most 20. */
  readonly groups: Readonly<Record<string, string>>;
  readonly clock: Pick<Clock, 'now'>;
  /** Default: one of its own, configured from the environment. */
  readonly client?: CloudWatchLogsClient;
  /** Default 10,000. */
  readonly budgetMs?: number;
  /** Events that one call asks for. Default 10,000, of which AWS gives as many as have room in 1 MB. */
  readonly eventsPerCall?: number;
}

const mostGroups = 20;
/** New accounts have ten calls a second. */
const groupsAtATime = 4;
/** Of one group for one page, whatever the clock says. */
const mostCalls = 50;
/** An answer of Lambda has 6 MB. */
const mostPageCharacters = 3_000_000;

/** A line where it stands: keys sort by time, then by group and place, and a page goes on behind one. */
interface Placed {
  readonly key: string;
  readonly line: LogLine;
}

/** How far a group was looked through. */
interface Looked {
  readonly found: readonly Placed[];
  /** Undefined: to its end. */
  readonly token?: string | undefined;
  readonly isWhole: boolean;
}

const cursorSchema = z.strictObject({
  asked: z.string(),
  toMs: z.int().min(0).max(8.64e15),
  /** Of the last line given. */
  after: z
    .string()
    .regex(/^\d{15}\|/)
    .optional(),
  /** Of groups without a line so far: a token, or '' when they were looked through. */
  tokens: z.record(z.string(), z.string()).optional(),
});
type Cursor = z.output<typeof cursorSchema>;

export function cloudWatchLogReader(options: LogReaderOptions): LogReader {
  const { groups, clock, budgetMs = 10_000, eventsPerCall = 10_000 } = options;
  const named = Object.entries(groups).slice(0, mostGroups);
  const client =
    options.client ??
    new CloudWatchLogsClient({ retryMode: 'standard', maxAttempts: 5, requestHandler: promptHandler() });

  return {
    async read(question) {
      const { correlationId, limit } = question;
      const started = cursorOf(question);
      const beganMs = clock.now().getTime();
      const isLate = () => clock.now().getTime() - beganMs >= budgetMs;

      const look = async ([name, group]: readonly [string, string], at: number): Promise<Looked> => {
        const known = started.tokens?.[name];
        if (known === '') return { found: [], isWhole: true };
        const startTime = msOf(started.after) ?? Date.parse(question.from);
        const found: Placed[] = [];
        let token = known;
        const seen = new Map<number, number>();
        for (let calls = 0; calls < mostCalls; calls += 1) {
          const { events = [], nextToken } = await client
            .send(
              new FilterLogEventsCommand({
                logGroupName: group,
                startTime,
                endTime: started.toMs,
                filterPattern: `"${correlationId.replaceAll('"', '')}"`,
                limit: eventsPerCall,
                nextToken: token,
              }),
            )
            .catch(refused(group));
          for (const { message = '', timestamp = startTime, eventId } of events) {
            const place = seen.get(timestamp) ?? 0;
            seen.set(timestamp, place + 1);
            const line = lineOf({ message, timestampMs: timestamp }, name, correlationId);
            if (!line || !isWanted(line, question)) continue;
            // Ids of AWS are numbers in the order of the events; those of the local AWS are random, and its order is kept.
            const tie = /^\d+$/.test(eventId ?? '') ? eventId : padded(place);
            const key = `${padded(timestamp)}|${line.at}|${padded(at)}|${tie}`;
            if (started.after === undefined || key > started.after) found.push({ key, line });
          }
          token = nextToken;
          // Without a token it has ended, unless it stopped at the number that was asked for.
          if (token === undefined) return { found, isWhole: events.length < eventsPerCall };
          if (found.length > limit || isLate()) break;
        }
        return { found, token, isWhole: false };
      };

      const looked = await mapAtATime(named, groupsAtATime, (group) => look(group, named.indexOf(group)));
      return pageOf(question, started, named, looked);
    },
  };
}

function pageOf(
  question: LogQuestion,
  started: Cursor,
  named: readonly (readonly [string, string])[],
  looked: readonly Looked[],
): LogPage {
  const groups = named.map(([, group]) => group);
  // Beyond the last line of a group that was not looked through, others may be older than what is there.
  const bounds = looked.filter(({ isWhole }) => !isWhole).map(({ found }) => boundOf(found));
  const horizon = bounds.sort()[0];
  const all = looked.flatMap(({ found }) => found).sort((one, other) => (one.key < other.key ? -1 : 1));
  const given: Placed[] = [];
  let characters = 0;
  for (const placed of all) {
    if (given.length >= question.limit || (horizon !== undefined && placed.key > horizon)) break;
    characters += JSON.stringify(placed.line).length;
    if (given.length > 0 && characters > mostPageCharacters) break;
    given.push(placed);
  }
  const lines = given.map(({ line }) => line);
  if (horizon === undefined && given.length === all.length) return { lines, groups };
  const after = given.at(-1)?.key ?? started.after;
  // With a line given every group is begun again behind it; without one those that had none go on.
  const tokens =
    given.length > 0
      ? undefined
      : Object.fromEntries(
          looked.flatMap(({ found, token, isWhole }, at): [string, string][] => {
            const name = named[at]?.[0];
            if (name === undefined || found.length > 0) return [];
            return isWhole ? [[name, '']] : token === undefined ? [] : [[name, token]];
          }),
        );
  const { asked, toMs } = started;
  const cursor: Cursor = { asked, toMs, ...(after !== undefined && { after }), ...(tokens && { tokens }) };
  return { lines, groups, cursor: Buffer.from(JSON.stringify(cursor)).toString('base64url') };
}

/** What comes behind it may still have others before it: those of its last moment, unless there is no other moment. */
function boundOf(found: readonly Placed[]): string {
  const [first, ...others] = found.map(({ key }) => key).sort();
  const last = others.at(-1) ?? first;
  if (first === undefined || last === undefined) return '';
  return msOf(first) === msOf(last) ? last : padded(msOf(last) ?? 0);
}

const padded = (number: number) => String(number).padStart(15, '0');

function msOf(key: string | undefined): number | undefined {
  return key === undefined ? undefined : Number(key.slice(0, 15));
}

function isWanted({ level }: LogLine, question: LogQuestion): boolean {
  return logLevels.indexOf(level) >= logLevels.indexOf(question.level);
}

/** Where a page begins. INVALID_INPUT for a cursor of another question. */
function cursorOf({ correlationId, from, to, level, cursor }: LogQuestion): Cursor {
  const asked = createHash('sha256')
    .update(JSON.stringify([correlationId, from, level]))
    .digest('base64url');
  if (cursor === undefined) return { asked: asked.slice(0, 16), toMs: Date.parse(to) };
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    value = undefined;
  }
  const result = cursorSchema.safeParse(value);
  if (result.success && result.data.asked === asked.slice(0, 16) && isWithin(result.data, from))
    return result.data;
  throw new InvalidInput('query', [{ field: 'cursor', allowed: 'the nextCursor of the page before' }]);
}

/** One that was made up looks through no more than was asked for. */
function isWithin({ after, toMs }: Cursor, from: string): boolean {
  const beganMs = Date.parse(from);
  return toMs >= beganMs && (msOf(after) ?? beganMs) >= beganMs;
}

function refused(
  group: string,
): (thrown: unknown) => { readonly events?: undefined; readonly nextToken?: undefined } {
  return (thrown) => {
    const name = thrown instanceof Error ? thrown.name : 'Error';
    // A function that never ran has none on the local AWS; and one whose group somebody deleted has no lines.
    if (name === 'ResourceNotFoundException') return {};
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    const code = /^AccessDenied/.test(name) ? 'ACCESS_DENIED' : 'LOG_UNAVAILABLE';
    throw new HoldfastError(code, `logs:FilterLogEvents on ${group} failed: ${name}: ${said}`, {
      cause: thrown,
      details: { group, name },
    });
  };
}
