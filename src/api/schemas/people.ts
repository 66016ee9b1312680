import { z } from 'zod';
import { outcomeKinds } from '../../domain/outcome';
import { providerNames } from '../../domain/provider-table';
import { identifier, integer, imageUrl, line } from './identifiers';
import { timeText } from './times';

export const profileInput = z
  .strictObject({ name: line(256), avatar_url: imageUrl.nullish() })
  .meta({ id: 'ProfileInput' });

export const nameInput = z.strictObject({ name: line(256) }).meta({ id: 'NameInput' });

const profilesMax = 1_000;
const named = { name: line(256), avatar_url: imageUrl.nullish() };
const tooMany = `must be at most ${profilesMax} users and channels together`;

export const profilesInput = z
  .strictObject({
    users: z
      .array(z.strictObject({ uid: identifier, ...named }))
      .max(profilesMax, tooMany)
      .nullish(),
    channels: z
      .array(
        z.strictObject({
          channel_type: integer(0, 255),
          channel_id: identifier,
          ...named,
        }),
      )
      .max(profilesMax, tooMany)
      .nullish(),
  })
  .superRefine(({ users, channels }, context) => {
    const count = (users?.length ?? 0) + (channels?.length ?? 0);
    if (count === 0) context.addIssue({ code: 'custom', message: 'must name at least one user or channel' });
    if (count > profilesMax) context.addIssue({ code: 'custom', message: tooMany });
  })
  .meta({ id: 'ProfilesInput' });

export const profileSchema = z
  .strictObject({ name: z.string(), avatar_url: z.string().nullable() })
  .meta({ id: 'Profile' });

export const aliasSchema = z.strictObject({ peer_uid: z.string(), name: z.string() }).meta({ id: 'Alias' });

export const presenceSchema = z
  .strictObject({
    devices: z.array(
      z.strictObject({
        device_flag: z.int(),
        online: z.boolean().nullable(),
        connections: z.int(),
        changed_at: timeText.nullable().meta({ description: 'Null: no event has reported it.' }),
      }),
    ),
    online: z.boolean().nullable(),
    source: z.enum(['event', 'api']),
    age_seconds: z.int().nullable(),
    last_seen_at: timeText.nullable(),
  })
  .meta({
    id: 'Presence',
    description:
      "What WuKongIM's own API answered (`source: api`), or what the online-status events report: that is a hint and may be wrong, " +
      'and `online` is null if unknown.',
  });

export const testPushSchema = z
  .strictObject({
    results: z.array(
      z.strictObject({
        device_id: z.string(),
        provider: z.enum(providerNames),
        outcome: z.enum(outcomeKinds),
        reason: z.string().optional(),
        latency_ms: z.number(),
      }),
    ),
  })
  .meta({ id: 'TestPush' });
