/** The first visit: from nothing to the first proven backup, a step at a time, each with an address. */
import { useApi } from '../../api/use-api.ts';
import { Link } from '../../kit/link.tsx';
import { Note } from '../../kit/note.tsx';
import { Page } from '../../kit/page.tsx';
import { Stepper } from '../../kit/stepper.tsx';
import { useText } from '../../text/text.ts';
import { useWelcome } from './address.ts';
import { BackupStep } from './backup-step.tsx';
import { DoneStep } from './done-step.tsx';
import { isSourceSaid, type Step, steps } from './draft.ts';
import { ProofStep } from './proof-step.tsx';
import { SourceStep } from './source-step.tsx';
import { TestStep } from './test-step.tsx';
import { WhenStep } from './when-step.tsx';

const views: Readonly<Record<Step, typeof SourceStep>> = {
  source: SourceStep,
  test: TestStep,
  when: WhenStep,
  backup: BackupStep,
  proof: ProofStep,
  done: DoneStep,
};

export default function WelcomePage() {
  const text = useText('welcome');
  const welcome = useWelcome();
  const { draft, go } = welcome;
  // An address that was cut short: what is missing is asked first.
  const step = welcome.step !== 'source' && !isKnown(welcome) ? 'source' : welcome.step;
  const View = views[step];
  return (
    <Page title={text.title} lead={text.lead} wide={false}>
      <Stepper
        label={text.steps}
        current={step}
        steps={steps.map((id) => ({
          id,
          label: text.step[id],
          ...(id === 'source' && draft.plan !== '' && { chosen: draft.plan }),
        }))}
        onStep={(id) => go({ step: id === 'source' ? undefined : id }, 'push')}
      />
      {step === 'source' && <Existing />}
      <View welcome={welcome} />
    </Page>
  );
}

/** The steps after the plan was made need its id alone. */
function isKnown({ step, draft }: ReturnType<typeof useWelcome>): boolean {
  return step === 'test' || step === 'when' ? isSourceSaid(draft) : draft.plan !== '';
}

function Existing() {
  const text = useText('welcome');
  const plans = useApi('/v1/plans', { params: { query: { limit: 200 } } });
  const count = plans.data?.items.length ?? 0;
  if (count === 0) return null;
  return (
    <Note state="info" title={text.exists(count)} actions={<Link to="/">{text.toOverview}</Link>}>
      <p>{text.existsText}</p>
    </Note>
  );
}
