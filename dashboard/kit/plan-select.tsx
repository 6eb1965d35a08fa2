/** One of the plans, or all: a list to choose from while there are few enough to be one, a field for the id beyond. */
import { useApi } from '../api/use-api.ts';
import { useText } from '../text/text.ts';
import { Select, TextField } from './fields.tsx';

const mostListed = 200;

export function PlanSelect({
  value,
  onChange,
  required = false,
}: {
  /** A plan's id; undefined: all. */
  readonly value: string | undefined;
  readonly onChange: (planId: string | undefined) => void;
  /** One has to be chosen. */
  readonly required?: boolean;
}) {
  const text = useText('common');
  const plans = useApi('/v1/plans', { params: { query: { limit: mostListed } } });
  const change = (next: string) => onChange(next === '' ? undefined : next);
  if (plans.data?.nextCursor !== undefined || plans.error) {
    return <TextField label={text.plan} value={value ?? ''} onChange={change} type="search" />;
  }
  const listed = plans.data?.items.map(({ plan: { id, name } }) => ({ value: id, label: name ?? id })) ?? [];
  // One that was deleted, or that has not come yet, still is what the address says.
  const unlisted = value !== undefined && !listed.some((each) => each.value === value);
  return (
    <Select
      label={text.plan}
      value={value ?? ''}
      onChange={change}
      options={[
        { value: '', label: required ? text.choose : text.all },
        ...listed,
        ...(unlisted ? [{ value, label: value }] : []),
      ]}
    />
  );
}
