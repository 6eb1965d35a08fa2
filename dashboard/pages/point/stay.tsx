/** When a recovery point goes, and why not before: its tier, a pin, who needs it. */
import type { Schemas } from '../../api/use-api.ts';
import { useFormat } from '../../format.ts';
import { Link } from '../../kit/link.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';

export function Stay({ point }: { readonly point: Schemas['Backup'] }) {
  const text = useText('point').stay;
  const { tiers } = useText('common');
  const format = useFormat();
  const { expiresAt, expiry, pin, tier, keepDays, heldUntil, basedOnUntil, manifest, verification } = point;
  const needs = manifest?.needs ?? [];
  return (
    <ul className="reasons">
      {expiry && (
        <li>
          {text.expired[expiry.reason]} <When at={expiry.decidedAt} both /> ({expiry.by})
        </li>
      )}
      {!expiry && expiresAt !== undefined && (
        <li>
          {keepDays === undefined ? text.byTier(tiers[tier]) : text.byWish(keepDays)}{' '}
          <When at={expiresAt} both />
        </li>
      )}
      {pin && (
        <li>
          {text.pinned(pin.by, pin.reason)} <When at={pin.at} />
        </li>
      )}
      {heldUntil !== undefined && <li>{text.held(format.dateTime(heldUntil))}</li>}
      {basedOnUntil !== undefined && <li>{text.based(format.dateTime(basedOnUntil))}</li>}
      {verification?.provenAt !== undefined && <li>{text.proven}</li>}
      <li>{text.lastGood}</li>
      {needs.length > 0 && (
        <li>
          {text.needs}{' '}
          {needs.map((backupId) => (
            <Link key={backupId} to="/points/$backupId" params={{ backupId }}>
              {backupId}{' '}
            </Link>
          ))}
        </li>
      )}
    </ul>
  );
}
