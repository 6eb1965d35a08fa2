/** How the stack is set up, and what can be done to all of it: pause, resume, clean up. */
import { useApi } from '../../api/use-api.ts';
import { oneOf, useAddress } from '../../app/address.ts';
import { Page } from '../../kit/page.tsx';
import { Loaded } from '../../kit/states.tsx';
import { Tabs } from '../../kit/tabs.tsx';
import { useText } from '../../text/text.ts';
import { Access } from './access.tsx';
import { Care } from './care.tsx';
import { Connections } from './connections.tsx';
import { Keys, Nag } from './keys.tsx';
import type { Settings } from './nag.ts';
import { Notifications } from './notifications.tsx';
import { Stack } from './stack.tsx';

const tabs = ['stack', 'keys', 'access', 'notifications', 'connections', 'care'] as const;
const readers = { tab: oneOf(...tabs) };

export default function SettingsPage() {
  const text = useText('settings');
  const [{ tab = 'stack' }] = useAddress(readers);
  const settings = useApi('/v1/settings');
  return (
    <Page title={text.title} lead={text.lead}>
      <Loaded of={settings} lines={10}>
        {(found) => (
          <>
            <Nag keys={found.keys} brief={tab !== 'stack' && tab !== 'keys'} />
            <Tabs label={text.parts} current={tab} tabs={tabs.map((id) => ({ id, label: text.tabs[id] }))} />
            <Part tab={tab} settings={found} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Part({ tab, settings }: { readonly tab: (typeof tabs)[number]; readonly settings: Settings }) {
  switch (tab) {
    case 'stack':
      return <Stack settings={settings} />;
    case 'keys':
      return <Keys settings={settings} />;
    case 'access':
      return <Access settings={settings} />;
    case 'notifications':
      return <Notifications settings={settings} />;
    case 'connections':
      return <Connections settings={settings} />;
    case 'care':
      return <Care />;
  }
}
