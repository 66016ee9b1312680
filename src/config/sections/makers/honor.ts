import { z } from 'zod';
import { choice } from '../../leaves/choices';
import { defineMaker } from './maker';
import { activity, clickTemplate, consoleId, consoleSecret, makerProxy, makerUrl } from './maker-keys';

export type HonorConfig = ReturnType<typeof honor.toConfig>;

export const honor = defineMaker({
  name: 'honor',
  schema: z.strictObject({
    app_id: consoleId(),
    client_id: consoleId(),
    client_secret: consoleSecret(),
    importance: choice('normal', 'low').default('normal'),
    click_intent: clickTemplate(/^intent:/, 'intent:'),
    badge_class: activity(),
    url: makerUrl('https://push-api.cloud.honor.com'),
    auth_url: makerUrl('https://iam.developer.honor.com'),
    proxy: makerProxy(),
  }),
  credential: { appId: 'app_id', clientId: 'client_id', clientSecret: 'client_secret' },
  missing: ({ importance }) =>
    importance === 'normal'
      ? []
      : [
          {
            key: 'importance',
            message:
              'Honor counts messages of importance LOW as marketing: no sound, and 2 per device and day. Apply for service and communication (Honor developer console, Push) and set NORMAL',
          },
        ],
  urls: ({ url, auth_url: authUrl }) => [url, authUrl],
  toSettings: (section, endpoint) => ({
    importance: section.importance === 'low' ? ('LOW' as const) : ('NORMAL' as const),
    clickIntent: section.click_intent,
    badgeClass: section.badge_class,
    api: endpoint(section.url),
    auth: endpoint(section.auth_url),
  }),
});
