import { memoryAlerts } from '../../adapters/memory/alerts.ts';
import { alertsContract } from './alerts.ts';

alertsContract('memory', async () => {
  const alerts = memoryAlerts();
  const broken = memoryAlerts();
  broken.breakDown(true);
  return {
    alerts,
    broken,
    async received() {
      const last = alerts.published.at(-1);
      const { planId, kind, severity, state = 'broken', code } = last ?? {};
      const attributes = Object.fromEntries(
        Object.entries({ planId, kind, severity, state, code }).flatMap(([name, value]) =>
          value ? [[name, value]] : [],
        ),
      );
      return { subject: last?.subject ?? '', text: last?.text ?? '', attributes };
    },
  };
});
