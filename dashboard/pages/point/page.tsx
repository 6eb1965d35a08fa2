/** One recovery point: what is known of it, what is inside, where it is, when it goes and why, and what can be done with it. */
import { useParams } from '@tanstack/react-router';
import { type Schemas, useApi } from '../../api/use-api.ts';
import { oneOf, useAddress } from '../../app/address.ts';
import { useFormat } from '../../format.ts';
import { Card, Columns, Facts } from '../../kit/card.tsx';
import { Code } from '../../kit/copy.tsx';
import { Icon } from '../../kit/icon.tsx';
import { Link } from '../../kit/link.tsx';
import { Note } from '../../kit/note.tsx';
import { Page } from '../../kit/page.tsx';
import { ProofBadge, RunBadge } from '../../kit/state-badge.tsx';
import { Loaded } from '../../kit/states.tsx';
import { Tabs } from '../../kit/tabs.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import { secondsOf } from '../runs/seconds.ts';
import { Actions } from './actions.tsx';
import { Copies } from './copies.tsx';
import { Inside } from './inside.tsx';
import { Proofs } from './proofs.tsx';
import { Stay } from './stay.tsx';

type Point = Schemas['Backup'];

const tabs = ['about', 'inside', 'proofs'] as const;
const readers = { tab: oneOf(...tabs) };
/** A verification, a pin or an expiry changes it. */
const restMs = 20_000;

export default function PointPage() {
  const text = useText('point');
  const { backupId = '' } = useParams({ strict: false });
  const [{ tab = 'about' }] = useAddress(readers);
  const point = useApi('/v1/backups/{backupId}', { params: { path: { backupId } } }, { every: restMs });
  const { data } = point;
  const format = useFormat();
  return (
    <Page
      title={data ? text.title(data.planId, format.dateTime(data.slot)) : text.bareTitle}
      above={<Link to="/points">{text.above}</Link>}
      badge={
        data &&
        (data.status === 'completed' ? (
          <ProofBadge verification={data.verification} />
        ) : (
          <RunBadge status={data.status} />
        ))
      }
      actions={
        data?.status === 'completed' && (
          <Link
            to="/restore"
            search={{ plan: data.planId, point: data.backupId } as never}
            className="button button-primary"
          >
            <Icon name="restore" />
            {text.restore}
          </Link>
        )
      }
    >
      <Loaded of={point} lines={8}>
        {(found) => (
          <>
            {found.missingSince !== undefined && (
              <Note state="critical" title={text.missing}>
                <p>{text.missingNext}</p>
              </Note>
            )}
            <Actions point={found} />
            <Tabs label={text.parts} current={tab} tabs={tabs.map((id) => ({ id, label: text.tabs[id] }))} />
            {tab === 'about' && <About point={found} />}
            {tab === 'inside' && <Inside point={found} />}
            {tab === 'proofs' && <Proofs point={found} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function About({ point }: { readonly point: Point }) {
  const text = useText('point');
  const { kinds, triggers, tiers } = useText('common');
  const format = useFormat();
  const took = secondsOf(point);
  const { compressionRatio, manifest } = point;
  return (
    <>
      <Card title={text.about.title}>
        <Facts
          facts={[
            [
              text.about.plan,
              <Link key="plan" to="/plans/$planId" params={{ planId: point.planId }}>
                {point.planId}
              </Link>,
            ],
            [text.about.of, <When key="of" at={point.slot} both />],
            [
              text.about.kind,
              `${kinds[point.kind]} · ${point.only ? format.list(point.only) : point.source}`,
            ],
            [text.about.label, point.label],
            [text.about.made, `${triggers[point.trigger]} · ${point.createdBy}`],
            [text.about.took, took === undefined ? undefined : format.duration(took)],
            [
              text.about.source,
              point.sourceBytes === undefined ? undefined : format.bytes(point.sourceBytes),
            ],
            [
              text.about.stored,
              point.storedBytes === undefined
                ? undefined
                : `${format.bytes(point.storedBytes)}${compressionRatio === undefined ? '' : ` (${format.number(compressionRatio, 1)} : 1)`}`,
            ],
            [text.about.tier, tiers[point.tier]],
            [
              text.about.tools,
              point.tools &&
                format.list(Object.entries(point.tools).map(([name, version]) => `${name} ${version}`)),
            ],
            [
              text.about.run,
              <Link key="run" to="/runs/$backupId" params={{ backupId: point.backupId }}>
                {text.about.toRun}
              </Link>,
            ],
            [
              text.about.id,
              <Code key="id" copy>
                {point.backupId}
              </Code>,
            ],
            [
              text.about.manifest,
              manifest && (
                <Code key="manifest" copy>
                  {manifest.sha256}
                </Code>
              ),
            ],
          ]}
        />
      </Card>
      <Columns>
        <Card title={text.stay.title}>
          <Stay point={point} />
        </Card>
        <Card title={text.copies.title}>
          <Copies point={point} />
        </Card>
      </Columns>
    </>
  );
}
