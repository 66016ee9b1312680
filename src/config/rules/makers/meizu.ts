import { makerRules } from './maker-rules';

export const meizuRules = makerRules({
  name: 'meizu',
  credential: ['app_id', 'app_secret'],
  missing: () => [],
  urls: ({ url }) => [url],
});
