/** The first thing that is seen: how it is, why, and what to do about it. Read out when it becomes another. */

import type { Schemas } from '../../api/use-api.ts';
import { useClient } from '../../api/use-api.ts';
import { useAct } from '../../app/act.ts';
import { useNowAs } from '../../app/now.ts';
import { Button } from '../../kit/button.tsx';
import { Icon, type IconName } from '../../kit/icon.tsx';
import { Link } from '../../kit/link.tsx';
import { ActProblem } from '../../kit/states.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import { placeOf } from '../alerts/place.ts';
import style from './overview.module.css';
import { type Verdict, verdictOf } from './verdict.ts';

type Overview = Schemas['Overview'];

const icons: Readonly<Record<Verdict['tone'], IconName>> = {
  critical: 'alert',
  warning: 'alert',
  well: 'well',
  info: 'new',
};

export function Banner({
  overview,
  answeredAtMs,
}: {
  readonly overview: Overview;
  readonly answeredAtMs: number;
}) {
  const text = useText('overview').banner;
  // The verdict ages: what was well is not known to be so for ever.
  const kind = useNowAs((now) => verdictOf(overview, answeredAtMs, now.getTime()).kind);
  const verdict = verdictOf(
    overview,
    answeredAtMs,
    kind === 'stale' ? Number.POSITIVE_INFINITY : answeredAtMs,
  );
  const { tone, worst, others } = verdict;
  const place = worst && placeOf(worst);
  return (
    <section className={style.banner} data-tone={tone} aria-label={text.label}>
      <span className={style.sign}>
        <Icon name={icons[tone]} />
      </span>
      <div className={style.said}>
        <div role="status">
          <h2 className={style.headline}>{headlineOf(verdict, overview, text)}</h2>
          <Meaning verdict={verdict} overview={overview} />
        </div>
        <div className={style.foot}>
          {worst && (
            <Link to={(place?.href ?? '/alerts') as never} className="button button-small">
              {text.look[place?.at ?? 'alerts']}
            </Link>
          )}
          {kind === 'empty' && (
            <Link to="/welcome" className="button button-primary">
              {text.begin}
            </Link>
          )}
          {kind === 'paused' && <Resume />}
          {others > 0 && (
            <span>
              {text.others(others)}: <Link to="/alerts">{text.seeAll}</Link>
            </span>
          )}
          <span className={style.looked}>
            {text.looked} <When at={new Date(answeredAtMs).toISOString()} />
            {kind !== 'empty' && ' · '}
            {kind !== 'empty' &&
              (overview.watchedAt === undefined ? (
                text.neverWatched
              ) : (
                <>
                  {text.watched} <When at={overview.watchedAt} />
                </>
              ))}
          </span>
        </div>
      </div>
    </section>
  );
}

type Words = ReturnType<typeof useText<'overview'>>['banner'];

function headlineOf({ kind }: Verdict, { counts }: Overview, text: Words): string {
  const headlines: Readonly<Record<Verdict['kind'], string>> = {
    critical: text.critical(counts.critical),
    warning: text.warning(counts.warning),
    paused: text.paused,
    incomplete: text.incomplete,
    unwatched: text.unwatched,
    stale: text.stale,
    well: text.well,
    empty: text.empty,
  };
  return headlines[kind];
}

function Meaning({
  verdict: { kind, worst },
  overview: { counts, pause, plans },
}: {
  readonly verdict: Verdict;
  readonly overview: Overview;
}) {
  const text = useText('overview').banner;
  if (kind === 'paused' && pause) return <p>{text.pausedBy(pause.by, pause.reason)}</p>;
  if (kind === 'critical' || kind === 'warning') {
    if (!worst) return null;
    const name = plans.find(({ planId }) => planId === worst.planId)?.name ?? worst.planId;
    return (
      <>
        <p>
          {name !== undefined && <strong>{name}: </strong>}
          {worst.why} (<When at={worst.since} />)
        </p>
        <p>
          <strong>{text.next}</strong> {worst.next}
        </p>
      </>
    );
  }
  if (kind === 'well')
    return (
      <p>
        {text.wellText(counts.well)}
        {counts.resting > 0 && text.wellResting(counts.resting)}
      </p>
    );
  const said = {
    ...{ incomplete: text.incompleteText, unwatched: text.unwatchedText },
    ...{ stale: text.staleText, empty: text.emptyText, paused: '' },
  };
  return <p>{said[kind]}</p>;
}

function Resume() {
  const text = useText('overview').banner;
  const api = useClient();
  const act = useAct();
  const resume = () => act.run(() => api.POST('/v1/resume', {}), { forget: ['/v1/'], say: text.resumed });
  return (
    <>
      <Button needs="admin" small running={act.running} onPress={() => void resume()}>
        {text.resume}
      </Button>
      <ActProblem act={act} />
    </>
  );
}
