import { z } from 'zod';
import { identifier, integer, line } from './identifiers';

const largestBadge = 2 ** 31 - 1;

export const badgeApp = line(64);

const app = badgeApp
  .nullish()
  .meta({ description: 'By default the only app, or the one named `default` where there are several.' });

export const badgeQuery = z.strictObject({ app: app.unwrap().unwrap().optional() });

export const badgeInput = z
  .strictObject({
    count: integer(0, largestBadge),
    app,
  })
  .meta({ id: 'BadgeInput' });

export const badgeSchema = z
  .strictObject({
    app: z.string(),
    count: z.int().nullable().meta({ description: 'Null: never set or counted. No push has a badge then.' }),
  })
  .meta({ id: 'Badge' });

export const readInput = z
  .strictObject({
    channel_type: integer(0, 255),
    channel_id: identifier.meta({ description: "For a person channel the peer's uid." }),
    up_to_seq: z.int('must be an integer').min(1, 'must be at least 1').nullish().meta({
      description: 'The `message_seq` of the last message that was read. By default: all are read.',
    }),
  })
  .meta({ id: 'Read' });
