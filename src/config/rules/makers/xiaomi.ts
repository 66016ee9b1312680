import { missingForXiaomi, xiaomiUrls } from '../../sections/makers/xiaomi';
import { makerRules } from './maker-rules';

export const xiaomiRules = makerRules({
  name: 'xiaomi',
  credential: ['app_secret', 'package_name'],
  missing: missingForXiaomi,
  urls: xiaomiUrls,
});
