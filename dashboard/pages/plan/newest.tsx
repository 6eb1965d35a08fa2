/** The newest recovery points of a plan, with what is known of each. */
import { type Schemas, useApi } from '../../api/use-api.ts';
import { useFormat } from '../../format.ts';
import { Link } from '../../kit/link.tsx';
import { ProofBadge } from '../../kit/state-badge.tsx';
import { Empty, Loaded } from '../../kit/states.tsx';
import { useText } from '../../text/text.ts';
import styles from './plan.module.css';

const shown = 6;
const everyMs = 60_000;

export function Newest({ planId }: { readonly planId: string }) {
  const text = useText('plan').points;
  const points = useApi(
    '/v1/backups',
    { params: { query: { plan: planId, status: 'completed', limit: shown } } },
    { every: everyMs },
  );
  return (
    <Loaded of={points} lines={5}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title={text.none}>
            <p>{text.noneText}</p>
          </Empty>
        ) : (
          <>
            <ul className={styles.points}>
              {items.map((point) => (
                <Point key={point.backupId} point={point} />
              ))}
            </ul>
            <p>
              <Link to="/points" search={{ plan: planId } as never}>
                {text.all}
              </Link>
            </p>
          </>
        )
      }
    </Loaded>
  );
}

function Point({ point }: { readonly point: Schemas['ListedBackup'] }) {
  const { tiers } = useText('common');
  const format = useFormat();
  const { backupId, slot, tier, storedBytes, verification } = point;
  return (
    <li>
      <Link to="/points/$backupId" params={{ backupId }}>
        {format.dateTime(slot)}
      </Link>
      <ProofBadge verification={verification} />
      <span className="small">
        {[tiers[tier], ...(storedBytes === undefined ? [] : [format.bytes(storedBytes)])].join(' · ')}
      </span>
    </li>
  );
}
