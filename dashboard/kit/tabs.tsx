/** Parts of one page, each with an address of its own: links, so that Back and a new window work. */
import { Link } from './link.tsx';

export interface TabPlace {
  readonly id: string;
  readonly label: string;
}

/** `current` is the id in the address; the first is there without one. */
export function Tabs({
  label,
  tabs,
  current,
}: {
  readonly label: string;
  readonly tabs: readonly TabPlace[];
  readonly current: string;
}) {
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map(({ id, label: name }, at) => (
        <Link
          key={id}
          to="."
          search={
            ((before: Record<string, unknown>) => ({ ...before, tab: at === 0 ? undefined : id })) as never
          }
          resetScroll={false}
          aria-current={id === current ? 'page' : undefined}
          activeProps={{}}
          // The first tab's address is without one: absent must mean absent.
          activeOptions={{ exact: true, includeSearch: true, explicitUndefined: true }}
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}
