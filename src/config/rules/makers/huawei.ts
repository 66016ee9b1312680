import { missingForHuawei } from '../../sections/makers/huawei';
import { makerRules } from './maker-rules';

export const huaweiRules = makerRules({
  name: 'huawei',
  credential: ['app_id', 'app_secret'],
  together: [['receipt.user', 'receipt.key']],
  missing: missingForHuawei,
  urls: ({ url, auth_url: authUrl }) => [url, authUrl],
});
