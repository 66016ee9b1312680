import { z } from 'zod';
import { key } from '../key';
import { list } from '../leaves/lists';
import { secretText } from '../leaves/secrets';
import type { Secret } from '../secret';

export interface ApiConfig {
  /** Server keys; empty: the API asks for none (loopback, or `server.allow_unauthenticated`). */
  readonly keys: readonly Secret[];
}

export const apiSchema = z.strictObject({
  keys: key(list(secretText('printable ASCII without spaces', /^[\x21-\x7e]+$/)).default([]), {
    env: 'API_KEYS',
    secret: true,
  }),
});

export function toApiConfig(section: z.output<typeof apiSchema>): ApiConfig {
  return { keys: section.keys };
}
