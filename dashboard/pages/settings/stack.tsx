/** The stack and its vault: what was deployed. */
import { useSignedIn } from '../../app/session-context.ts';
import { useFormat } from '../../format.ts';
import { Badge } from '../../kit/badge.tsx';
import { Card, Columns, Facts } from '../../kit/card.tsx';
import { Code } from '../../kit/copy.tsx';
import { useText } from '../../text/text.ts';
import type { Settings } from './nag.ts';

export function Stack({ settings }: { readonly settings: Settings }) {
  const text = useText('settings').stack;
  const { tiers, none } = useText('common');
  const format = useFormat();
  const { config } = useSignedIn();
  const { stackName, version, region, vault, api, quotaBytes, publicStatus } = settings;
  const names: Readonly<Record<string, string>> = tiers;
  const ceilings = Object.entries(vault.tierCeilings ?? {});
  return (
    <Columns>
      <Card title={text.title} lead={text.lead}>
        <Facts
          facts={[
            [text.name, stackName],
            [text.version, `Holdfast ${version}`],
            [text.region, region],
            [
              text.api,
              <Code key="api" copy>
                {config.apiUrl}
              </Code>,
            ],
            [text.allowed, api.allowFrom === 0 ? text.everywhere : text.ranges(api.allowFrom)],
            [text.throttle, api.throttle && text.rate(api.throttle.ratePerSecond, api.throttle.burst)],
            [text.quota, quotaBytes === undefined ? none : format.bytes(quotaBytes)],
          ]}
        />
      </Card>
      <Card title={text.vault.title} lead={text.vault.lead}>
        <Facts
          facts={[
            [
              text.vault.bucket,
              vault.bucket && (
                <Code key="bucket" copy>
                  {vault.prefix ? `${vault.bucket}/${vault.prefix}` : vault.bucket}
                </Code>
              ),
            ],
            [
              text.vault.lock,
              vault.objectLock ? (
                <span key="lock">
                  <Badge tone="well">{text.vault.modes[vault.objectLock.mode]}</Badge>{' '}
                  {text.days(vault.objectLock.days)}
                </span>
              ) : (
                <Badge key="lock" tone="warning">
                  {text.vault.noLock}
                </Badge>
              ),
            ],
            [text.vault.undelete, text.days(vault.undeleteDays)],
            [
              text.vault.ceilings,
              ceilings.length === 0
                ? undefined
                : format.list(ceilings.map(([tier, days]) => `${names[tier] ?? tier} ${text.days(days)}`)),
            ],
            [
              text.vault.replica,
              vault.replica ? (
                <Badge key="replica" tone="well">
                  {text.vault.replicated}
                </Badge>
              ) : (
                text.vault.noReplica
              ),
            ],
          ]}
        />
        {!vault.objectLock && <p className="small">{text.vault.lockNext}</p>}
      </Card>
      <Card title={text.status.title}>
        <p>{publicStatus ? text.status.on : text.status.off}</p>
        {publicStatus && (
          <p>
            <a href="/status">{`${window.location.origin}/status`}</a>
          </p>
        )}
      </Card>
    </Columns>
  );
}
