import { missingForHarmony } from '../../sections/makers/harmony';
import { makerRules } from './maker-rules';

export const harmonyRules = makerRules({
  name: 'harmony',
  credential: ['service_account'],
  together: [['receipt.user', 'receipt.key']],
  missing: missingForHarmony,
  urls: ({ url }) => [url],
});
