/** One drill: what it was of, how it came out, and its report: what source, backup and restore hold, side by side. */
import { useEffect, useRef } from 'react';
import { useApi } from '../../api/use-api.ts';
import { useFormat } from '../../format.ts';
import { Card, Facts } from '../../kit/card.tsx';
import { Link } from '../../kit/link.tsx';
import { Note } from '../../kit/note.tsx';
import { Page } from '../../kit/page.tsx';
import { Empty, Loaded } from '../../kit/states.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import { Report } from '../point/report.tsx';
import { Outcome, Took, useCounted } from './outcome.tsx';
import { type DrillPlace, spanOfPlace } from './place.ts';
import type { Drill } from './trends.ts';

/** More cannot end in one millisecond. */
const aPage = 200;

export function Opened({ place }: { readonly place: DrillPlace }) {
  const text = useText('drills');
  const format = useFormat();
  const drills = useApi('/v1/drills', { params: { query: { ...spanOfPlace(place), limit: aPage } } });
  const drill = drills.data?.items.find(({ backupId }) => backupId === place.backupId);
  const top = useRef<HTMLDivElement>(null);
  useEffect(() => top.current?.closest('main')?.querySelector<HTMLElement>('h1')?.focus(), []);
  return (
    <div ref={top}>
      <Page
        title={drill ? text.opened.title(drill.planId, format.dateTime(drill.at)) : text.opened.bareTitle}
        above={
          <Link to="/drills" search={((before: object) => ({ ...before, drill: undefined })) as never}>
            {text.title}
          </Link>
        }
        badge={drill && <Outcome drill={drill} />}
      >
        <Loaded of={drills}>
          {() =>
            drill ? (
              <Found drill={drill} />
            ) : (
              <Empty title={text.opened.none}>
                <Link to="/drills">{text.title}</Link>
              </Empty>
            )
          }
        </Loaded>
      </Page>
    </div>
  );
}

function Found({ drill }: { readonly drill: Drill }) {
  const { opened: text, levels } = useText('drills');
  const format = useFormat();
  const counted = useCounted();
  const { planId, backupId, slot, at, level, differences, detail, reportKey, targetSeconds, status } = drill;
  return (
    <>
      {status !== 'passed' && (
        <Note state={status === 'failed' ? 'critical' : 'warning'} title={text.notPassed[status]}>
          <p>{detail}</p>
          <p>{text.next[status]}</p>
        </Note>
      )}
      {status === 'passed' && level !== 'restored' && (
        <Note state="warning" title={text.gaveWay}>
          <p>{detail}</p>
        </Note>
      )}
      <Card title={text.facts}>
        <Facts
          facts={[
            [
              text.plan,
              <Link key="plan" to="/plans/$planId" params={{ planId }}>
                {planId}
              </Link>,
            ],
            [
              text.point,
              <Link key="point" to="/points/$backupId" params={{ backupId }}>
                {format.dateTime(slot)}
              </Link>,
            ],
            [text.at, <When key="at" at={at} both />],
            [text.level, levels[level]],
            [text.took, <Took key="took" drill={drill} />],
            [text.compared, counted(drill.counted)],
            [text.differences, differences === undefined ? undefined : format.number(differences)],
          ]}
        />
      </Card>
      <Card title={text.report} lead={text.reportLead}>
        {reportKey === undefined ? (
          <Empty title={text.noReport} />
        ) : (
          <Report backupId={backupId} reportKey={reportKey} targetSeconds={targetSeconds} />
        )}
      </Card>
    </>
  );
}
