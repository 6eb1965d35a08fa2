/** A report for an auditor: what was to be backed up in a period, what was, and what proves it. To be printed. */
import { useMemo } from 'react';
import { day, text as textReader, useAddress } from '../../app/address.ts';
import { useSay } from '../../app/announcer.tsx';
import { Button } from '../../kit/button.tsx';
import { Card } from '../../kit/card.tsx';
import { TextField } from '../../kit/fields.tsx';
import { Filters } from '../../kit/filters.tsx';
import { Note } from '../../kit/note.tsx';
import { Page } from '../../kit/page.tsx';
import { Loaded } from '../../kit/states.tsx';
import { useText } from '../../text/text.ts';
import { ChosenPlans } from './chosen-plans.tsx';
import styles from './evidence.module.css';
import type { Evidence } from './merge.ts';
import { mostDays, type Period, periodOf, plansIn, usualPeriods, wrongWith } from './period.ts';
import { Report } from './report.tsx';
import { useEvidence } from './use-evidence.ts';

const readers = { from: day, to: day, plans: textReader };

export default function EvidencePage() {
  const text = useText('evidence');
  const [address, go] = useAddress(readers);
  const now = useMemo(() => new Date(), []);
  const period = periodOf(address, now);
  const plans = useMemo(() => plansIn(address.plans), [address.plans]);
  const wrong = wrongWith(period);
  const evidence = useEvidence(period, plans, wrong === undefined);
  const active = Object.keys(address).length > 0;
  const choose = (next: Period) => go({ from: next.from, to: next.to });
  const usual = usualPeriods(now);
  return (
    <Page title={text.title} lead={text.lead} actions={<Take evidence={evidence.data} />}>
      <div className={styles.choose}>
        <Card title={text.about}>
          <Filters active={active} onClear={() => go({ from: undefined, to: undefined, plans: undefined })}>
            <TextField
              label={text.from}
              type="date"
              value={period.from}
              onChange={(next) => go({ from: next })}
            />
            <TextField label={text.to} type="date" value={period.to} onChange={(next) => go({ to: next })} />
            <ChosenPlans
              plans={plans}
              onChange={(next) => go({ plans: next.length === 0 ? undefined : next.join(',') })}
            />
          </Filters>
          <div className="actions">
            {(['month', 'quarter', 'year'] as const).map((name) => (
              <Button key={name} small onPress={() => choose(usual[name])}>
                {text.usual[name]}
              </Button>
            ))}
          </div>
        </Card>
      </div>
      {wrong !== undefined ? (
        <Note state="warning">{text.wrong[wrong](mostDays)}</Note>
      ) : (
        <Loaded of={evidence} lines={12}>
          {(found) => <Report evidence={found} />}
        </Loaded>
      )}
    </Page>
  );
}

/** Onto paper, or as data. */
function Take({ evidence }: { readonly evidence: Evidence | undefined }) {
  const text = useText('evidence').take;
  const common = useText('common');
  const say = useSay();
  const whyNot = evidence ? undefined : text.notYet;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(JSON.stringify(evidence, null, 2));
      say(text.copied);
    } catch {
      say(common.notCopied);
    }
  };
  return (
    <>
      <Button icon="copy" whyNot={whyNot} onPress={() => void copy()}>
        {text.json}
      </Button>
      <Button kind="primary" icon="print" whyNot={whyNot} onPress={() => window.print()}>
        {text.print}
      </Button>
    </>
  );
}
