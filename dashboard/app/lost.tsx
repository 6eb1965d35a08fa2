/** An address that there is nothing at. */

import { Link } from '../kit/link.tsx';
import { Page } from '../kit/page.tsx';
import { Empty } from '../kit/states.tsx';
import { useText } from '../text/text.ts';

export function Lost() {
  const text = useText('shell');
  return (
    <Page title={text.lost.title}>
      <Empty title={text.lost.text}>
        <Link to="/">{text.lost.home}</Link>
      </Empty>
    </Page>
  );
}
