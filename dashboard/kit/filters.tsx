/** What a list is narrowed by: fields in one line, whose values are in the address, and the way back to all of it. */
import type { ReactNode } from 'react';
import { useText } from '../text/text.ts';

export function Filters({
  children,
  onClear,
  active,
}: {
  readonly children: ReactNode;
  readonly onClear: () => void;
  readonly active: boolean;
}) {
  const text = useText('common');
  return (
    <search className="filters">
      {children}
      {active && (
        <button type="button" className="button button-small filters-clear" onClick={onClear}>
          {text.clearFilters}
        </button>
      )}
    </search>
  );
}
