import { z } from 'zod';
import { defineMaker } from './maker';
import { activity, consoleId, consoleSecret, makerProxy, makerUrl } from './maker-keys';

export type MeizuConfig = ReturnType<typeof meizu.toConfig>;

export const meizu = defineMaker({
  name: 'meizu',
  schema: z.strictObject({
    app_id: consoleId(),
    app_secret: consoleSecret(),
    activity: activity(),
    url: makerUrl('https://server-api-push.meizu.com'),
    proxy: makerProxy(),
  }),
  credential: { appId: 'app_id', appSecret: 'app_secret' },
  missing: () => [],
  urls: ({ url }) => [url],
  toSettings: (section, endpoint) => ({
    activity: section.activity,
    api: endpoint(section.url),
  }),
});
