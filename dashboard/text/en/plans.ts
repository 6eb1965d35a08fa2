import { plural } from '../plural.ts';

const n = (count: number, one: string, other: string) => plural('en', count, { one, other });

export const plans = {
  title: 'Plans',
  lead: 'What is backed up, when, and how long it is kept.',
  new: 'New plan',
  search: 'Name, id, secret or bucket',
  show: 'Show',
  shows: { well: 'Well', trouble: 'Needs attention', resting: 'Off or paused' },
  kind: 'Kind',
  count: (shown: number, all: number) =>
    shown === all ? n(all, 'plan', 'plans') : `${shown} of ${n(all, 'plan', 'plans')}`,
  more: 'There are more plans than one page holds: what is looked for here is looked for on this page.',
  none: 'There is no plan yet',
  noneText: 'A plan says what to back up, when, and how long to keep it. The guided way makes the first one.',
  begin: 'Make the first plan',
  noneMatch: 'No plan is like that',
  columns: {
    name: 'Plan',
    state: 'State',
    schedule: 'Schedule',
    next: 'Next run',
    last: 'Last backup',
    retention: 'Kept',
    stored: 'Stored',
  },
  noRun: { off: 'none: it is off', paused: 'none: it is paused', none: 'none planned' },
  neverRan: 'none yet',
  schedule: {
    hourly: (minute: string) => `every hour at :${minute}`,
    everyHours: (hours: number, minute: string) => `every ${hours} hours at :${minute}`,
    daily: (time: string) => `every day at ${time}`,
    weekly: (days: string, time: string) => `every ${days} at ${time}`,
    rate: (rate: string) => `every ${rate}`,
  },
  retention: {
    hourly: (count: number) => n(count, 'hour', 'hours'),
    daily: (count: number) => n(count, 'day', 'days'),
    weekly: (count: number) => n(count, 'week', 'weeks'),
    monthly: (count: number) => n(count, 'month', 'months'),
    yearly: (count: number) => n(count, 'year', 'years'),
    days: (count: number) => `all for ${n(count, 'day', 'days')}`,
  },
};
