import { memoryAlerts } from '../../adapters/memory/alerts.ts';
import { writeAlert } from '../../core/notify/alert-attribute.ts';
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
      const { planId, planIds = planId ? [planId] : [], kind, severity, state = 'broken', code } = last ?? {};
      const plans = planIds.length > 0 ? JSON.stringify(planIds) : undefined;
      const attributes = Object.fromEntries(
        Object.entries({ planId, kind, severity, state, code, plans }).flatMap(([name, value]) =>
          value ? [[name, value]] : [],
        ),
      );
      if (last) attributes.alert = writeAlert(last, (text) => text);
      return { subject: last?.subject ?? '', text: last?.text ?? '', attributes };
    },
  };
});
