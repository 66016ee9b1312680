import { missingForHonor } from '../../sections/makers/honor';
import { makerRules } from './maker-rules';

export const honorRules = makerRules({
  name: 'honor',
  credential: ['app_id', 'client_id', 'client_secret'],
  missing: missingForHonor,
  urls: ({ url, auth_url: authUrl }) => [url, authUrl],
});
