import { z } from 'zod';
import { imageUrl, line } from './identifiers';
import { timeText } from './times';

export const profileInput = z
  .strictObject({ name: line(256), avatar_url: imageUrl.nullish() })
  .meta({ id: 'ProfileInput' });

export const profileSchema = z
  .strictObject({ name: z.string(), avatar_url: z.string().nullable() })
  .meta({ id: 'Profile' });

export const presenceSchema = z
  .strictObject({
    devices: z.array(
      z.strictObject({
        device_flag: z.int(),
        online: z.boolean().nullable(),
        connections: z.int(),
        changed_at: timeText,
      }),
    ),
    online: z.boolean().nullable(),
    source: z.enum(['event']),
    age_seconds: z.int().nullable(),
    last_seen_at: timeText.nullable(),
  })
  .meta({
    id: 'Presence',
    description: 'What the online-status events say: a hint, not the truth. `online` null: unknown.',
  });

const outcomes = [
  'accepted',
  'unregistered',
  'rejected',
  'throttled',
  'unavailable',
  'misconfigured',
  'refused_locally',
] as const;

export const testPushSchema = z
  .strictObject({
    results: z.array(
      z.strictObject({
        device_id: z.string(),
        provider: z.enum(['apns', 'fcm']),
        outcome: z.enum(outcomes),
        reason: z.string().optional(),
        latency_ms: z.number(),
      }),
    ),
  })
  .meta({ id: 'TestPush' });
