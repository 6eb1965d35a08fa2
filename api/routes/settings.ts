/** How the stack is set up: what was deployed, who can open backups, and who hears of trouble. Nothing of it is secret. */
import { settingsOf } from '../../core/control/settings.ts';
import { route } from '../route.ts';
import { settingsSchema } from '../schemas/settings.ts';

export const settingsRoutes = [
  route(
    {
      name: 'GET /v1/settings',
      operationId: 'getSettings',
      tag: 'settings',
      summary: 'How the stack is set up',
      description: 'Read only: options are changed by deploying. What is not known is left out.',
      response: settingsSchema,
    },
    async ({ actor, deps }) => {
      const { settings, catalog, health } = deps;
      return settingsOf(
        { catalog, keyRing: health.keyRing, recipients: health.recipients, settings },
        { masked: actor.role === 'viewer' },
      );
    },
  ),
];
