import { missingForVivo } from '../../sections/makers/vivo';
import { makerRules } from './maker-rules';

export const vivoRules = makerRules({
  name: 'vivo',
  credential: ['app_id', 'app_key', 'app_secret'],
  missing: missingForVivo,
  urls: ({ url }) => [url],
});
