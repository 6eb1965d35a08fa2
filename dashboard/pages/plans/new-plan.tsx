/** The way to a new plan: one that may not make one sees it, and why not. */
import { useNavigate } from '@tanstack/react-router';
import { Button } from '../../kit/button.tsx';
import { useText } from '../../text/text.ts';

export function NewPlan() {
  const text = useText('plans');
  const navigate = useNavigate();
  return (
    <Button kind="primary" icon="new" needs="admin" onPress={() => void navigate({ to: '/plans/new' })}>
      {text.new}
    </Button>
  );
}
