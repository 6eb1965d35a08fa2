/** What the API's words for states look like everywhere. */
import { useText } from '../text/text.ts';
import { Badge, type Tone } from './badge.tsx';
import type { IconName } from './icon.tsx';

const runTones = {
  pending: 'running',
  running: 'running',
  completed: 'well',
  failed: 'critical',
  expired: 'quiet',
  waiting: 'running',
  cancelled: 'quiet',
} as const satisfies Record<string, Tone>;

/** Of a backup, a restore or a task. */
export function RunBadge({ status }: { readonly status: keyof typeof runTones }) {
  const { statuses } = useText('common');
  return <Badge tone={runTones[status]}>{statuses[status]}</Badge>;
}

const planTones = {
  well: ['well', 'well'],
  running: ['running', 'running'],
  late: ['warning', 'missed'],
  missed: ['critical', 'missed'],
  failed: ['critical', 'critical'],
  unverified: ['warning', 'unknown'],
  unproven: ['warning', 'unknown'],
  damaged: ['critical', 'critical'],
  paused: ['quiet', 'paused'],
  off: ['quiet', 'paused'],
  new: ['quiet', 'new'],
  unseen: ['warning', 'unknown'],
} as const satisfies Record<string, readonly [Tone, IconName]>;

export type PlanState = keyof typeof planTones;

/** Of a plan on the overview. */
export function PlanBadge({ state }: { readonly state: PlanState }) {
  const { planStates } = useText('common');
  const [tone, icon] = planTones[state];
  return (
    <Badge tone={tone} icon={icon}>
      {planStates[state]}
    </Badge>
  );
}

/** What is known of a backup: proven by a restore, read, stored, failed, or nothing yet. */
export function ProofBadge({
  verification,
}: {
  readonly verification:
    | {
        readonly status: 'passed' | 'failed' | 'error';
        readonly level: 'stored' | 'readable' | 'restored';
        readonly provenAt?: string | undefined;
      }
    | undefined;
}) {
  const { proofs } = useText('common');
  if (!verification)
    return (
      <Badge tone="quiet" icon="unknown">
        {proofs.none}
      </Badge>
    );
  if (verification.status === 'failed') return <Badge tone="critical">{proofs.failed}</Badge>;
  if (verification.provenAt !== undefined) return <Badge tone="proven">{proofs.restored}</Badge>;
  if (verification.status === 'error') return <Badge tone="warning">{proofs.error}</Badge>;
  return <Badge tone="well">{proofs[verification.level]}</Badge>;
}

export function SeverityBadge({ severity }: { readonly severity: 'critical' | 'warning' }) {
  const { severities } = useText('common');
  return <Badge tone={severity}>{severities[severity]}</Badge>;
}
