import { z } from 'zod';
import { flag } from '../../leaves/choices';
import { text } from '../../leaves/texts';
import { defineMaker, type MissingPaperwork } from './maker';
import { category, clickTemplate, consoleId, consoleSecret, makerProxy, makerUrl } from './maker-keys';

export type VivoConfig = ReturnType<typeof vivo.toConfig>;

export const vivo = defineMaker({
  name: 'vivo',
  schema: z.strictObject({
    app_id: text('a number, as the console shows it', /^[1-9]\d{0,14}$/)
      .nullable()
      .default(null),
    app_key: consoleId(),
    app_secret: consoleSecret(),
    category: category().default('IM'),
    skip_content: clickTemplate(/^intent:/, 'intent:'),
    test_mode: flag().default(false),
    url: makerUrl('https://api-push.vivo.com.cn'),
    proxy: makerProxy(),
  }),
  credential: { appId: 'app_id', appKey: 'app_key', appSecret: 'app_secret' },
  missing: (section) => {
    const missing: MissingPaperwork[] = [];
    if (section.category === null)
      missing.push({
        key: 'category',
        message:
          'without a category vivo counts messages as marketing: from 7 to 23 h only, and 5 per device and day. Set IM, for which the app has to be in vivo’s store',
      });
    if (section.test_mode)
      missing.push({
        key: 'test_mode',
        message:
          'vivo delivers to the test users of its console only. Remove it once vivo has approved the app',
      });
    return missing;
  },
  urls: ({ url }) => [url],
  toSettings: (section, endpoint) => ({
    category: section.category,
    skipContent: section.skip_content,
    testMode: section.test_mode,
    api: endpoint(section.url),
  }),
});
