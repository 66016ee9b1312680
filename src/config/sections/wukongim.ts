import { z } from 'zod';
import { key } from '../key';
import { httpUrl, secretText } from '../leaves';
import type { Secret } from '../secret';

export interface WukongimConfig {
  readonly apiUrl: string;
  readonly managerToken: Secret | null;
}

export const wukongimSchema = z.strictObject({
  api_url: key(httpUrl().nullable().default(null), { env: 'WUKONGIM_API_URL' }),
  manager_token: key(
    secretText('printable ASCII without spaces', /^[\x21-\x7e]+$/)
      .nullable()
      .default(null),
    {
      env: 'WUKONGIM_MANAGER_TOKEN',
      secret: true,
    },
  ),
});

export function toWukongimConfig(section: z.output<typeof wukongimSchema>): WukongimConfig | null {
  return section.api_url === null ? null : { apiUrl: section.api_url, managerToken: section.manager_token };
}
