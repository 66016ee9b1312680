import { z } from 'zod';
import { key } from '../key';
import type { Secret } from '../secret';
import { redisUrl } from './store';

/** Routes of other servers that the relay answers in their stead. */
export interface CompatConfig {
  readonly tangsengdaodao: {
    /** Where TangSengDaoDao keeps its login tokens; null: its routes are not there. */
    readonly redisUrl: Secret | null;
  };
}

export const compatSchema = z.strictObject({
  tangsengdaodao: z
    .strictObject({ redis_url: key(redisUrl().nullable().default(null), { secret: true }) })
    .prefault({}),
});

export function toCompatConfig({ tangsengdaodao }: z.output<typeof compatSchema>): CompatConfig {
  return { tangsengdaodao: { redisUrl: tangsengdaodao.redis_url } };
}
