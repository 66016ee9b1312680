import { missingForOppo, oppoUrls } from '../../sections/makers/oppo';
import { makerRules } from './maker-rules';

export const oppoRules = makerRules({
  name: 'oppo',
  credential: ['app_key', 'master_secret'],
  missing: missingForOppo,
  urls: oppoUrls,
});
