/** A state as a word with a colour and a sign of its own: never by colour alone. */
import { Icon, type IconName } from './icon.tsx';

export type Tone = 'well' | 'warning' | 'critical' | 'quiet' | 'running' | 'proven';

const icons: Readonly<Record<Tone, IconName>> = {
  well: 'well',
  warning: 'warning',
  critical: 'critical',
  quiet: 'paused',
  running: 'running',
  proven: 'proof',
};

export function Badge({
  tone,
  icon,
  children,
}: {
  readonly tone: Tone;
  readonly icon?: IconName;
  readonly children: string;
}) {
  return (
    <span className={`badge badge-${tone}`}>
      <Icon name={icon ?? icons[tone]} />
      {children}
    </span>
  );
}
