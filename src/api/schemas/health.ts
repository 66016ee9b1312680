import { z } from 'zod';

export const healthSchema = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Health' });

export const readinessSchema = z
  .strictObject({
    status: z.enum(['ready', 'degraded', 'unavailable']),
    checks: z.array(
      z.strictObject({
        name: z.string(),
        status: z.enum(['ok', 'degraded', 'unavailable']),
        detail: z.string(),
      }),
    ),
  })
  .meta({ id: 'Readiness' });
