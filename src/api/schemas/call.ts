import { z } from 'zod';
import { longestRingSeconds } from '../../shared/told-keys';
import { identifier, integer } from './identifiers';
import { uids } from './push';

export const callSchema = z
  .strictObject({
    call_id: identifier.meta({
      description:
        'The same for every step of one call. The relay ignores a step that it has already processed.',
    }),
    uids,
    from_uid: identifier.meta({ description: 'Who calls. Among `uids`, it is left out.' }),
    type: z.enum(['invite', 'cancel', 'answered']).meta({
      description:
        '`invite` rings. `cancel`: the caller gave up, or nobody answered. `answered`: one of the devices of `uids` did, ' +
        'so the others stop.',
    }),
    ttl_seconds: integer(1, longestRingSeconds).nullish().meta({
      description:
        'How long the call rings. After that, the relay sends nothing for it. By default: delivery.ttl.call_seconds.',
    }),
    media: z
      .enum(['voice', 'audio', 'video'])
      .nullish()
      .meta({ description: 'By default: voice. `audio` is the same.' }),
  })
  .meta({ id: 'Call' });

export type CallRequest = z.output<typeof callSchema>;
