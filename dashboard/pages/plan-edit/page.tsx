/** Making a plan, or changing one. */
import { useParams } from '@tanstack/react-router';
import { useApi } from '../../api/use-api.ts';
import { Link } from '../../kit/link.tsx';
import { Page } from '../../kit/page.tsx';
import { Loaded } from '../../kit/states.tsx';
import { useText } from '../../text/text.ts';
import { Editor } from './editor.tsx';

/** Whether somebody else changes it meanwhile. */
const everyMs = 30_000;

export default function PlanEditPage() {
  const { planId } = useParams({ strict: false });
  return planId === undefined ? (
    <Editor key="new" server={undefined} />
  ) : (
    <Existing key={planId} planId={planId} />
  );
}

function Existing({ planId }: { readonly planId: string }) {
  const text = useText('planEdit');
  const plan = useApi('/v1/plans/{planId}', { params: { path: { planId } } }, { every: everyMs });
  if (plan.data) return <Editor server={plan.data} />;
  return (
    <Page title={text.titles.edit(planId)} above={<Link to="/plans">{text.above}</Link>}>
      <Loaded of={plan} lines={10}>
        {() => null}
      </Loaded>
    </Page>
  );
}
