import { z } from 'zod';
import { cleanProse, isVisible } from '../../shared/text-rules';
import { traceHeaders } from '../traces/in-span';
import { bounded, dataValue, identifier, imageUrl, integer, line } from './identifiers';

/**
 * What both providers' 4096 bytes leave beside the frame and the shortest texts, for all that cannot be shortened. More
 * could never be sent, whatever the platform.
 */
const maxFixedBytes = 3584;

/**
 * FCM refuses the first four (https://firebase.google.com/docs/cloud-messaging/customize-messages/set-message-type);
 * the last two are the relay's and Apple's own keys of an APNs payload.
 */
const reservedKeys = new Set(['from', 'message_type', 'wukongim', 'aps']);
const reservedPrefixes = ['google.', 'gcm.'];

const dataKey = line(256).refine(
  (key) => !reservedKeys.has(key) && !reservedPrefixes.some((prefix) => key.startsWith(prefix)),
  'is reserved: FCM, APNs or the relay use from, message_type, google.*, gcm.*, wukongim and aps; use another name',
);

/**
 * What the relay itself puts beside the data where the app shows the notification: on FCM with `android_mode: data`, and
 * `image_url` on APNs. Refused whatever the mode, because a mode can change, and one push may go to both.
 */
const shownKeys = new Set(['title', 'subtitle', 'body', 'image_url', 'sound', 'tag', 'badge']);

const data = z.record(dataKey, dataValue).meta({
  description:
    `Strings for the app. Together with image_url, sound and collapse_id at most ${maxFixedBytes} bytes as JSON. Refused keys: from, message_type, google.*, gcm.*, ` +
    `wukongim, aps; and ${[...shownKeys].join(', ')}, unless the push is silent.`,
});

const collapseId = line(64).refine(
  (text) => Buffer.byteLength(text) <= 64,
  'must be at most 64 bytes of UTF-8',
);

/** Several lines; what must not reach a screen is taken out. */
const prose = (maxLength: number) => bounded(maxLength).overwrite(cleanProse);

const notificationSchema = z.strictObject({
  title: prose(1024).nullish().meta({ description: "Shortened to the provider's limit, after the body." }),
  body: prose(4096).nullish().meta({ description: "Shortened to the provider's limit." }),
  data: data.nullish(),
  image_url: imageUrl.nullish(),
  sound: line(128).nullish().meta({
    description:
      '`default` (the default), `none`, or a file of the app. Since Android 8, the notification channel decides.',
  }),
});

export const uids = z
  .array(identifier, {
    error: ({ input }) => (input === undefined ? 'is required: a list of uids' : 'must be a list of uids'),
  })
  .min(1, 'must name at least one uid')
  .max(10_000, 'must name at most 10000 uids')
  .meta({ description: 'A user whose uid is repeated receives it once.' });

export const pushSchema = z
  .strictObject({
    uids,
    notification: notificationSchema,
    app: line(64)
      .nullish()
      .meta({ description: 'Sends only to devices of this app. By default: to devices of all apps.' }),
    collapse_id: collapseId
      .nullish()
      .meta({ description: 'A later push with the same id replaces this one. At most 64 bytes.' }),
    ttl_seconds: integer(0, 2_419_200).nullish().meta({
      description: 'How long the provider stores it for a phone that is off. 0: the provider tries once.',
    }),
    priority: z
      .enum(['high', 'normal'])
      .nullish()
      .meta({ description: 'By default: high, and normal for a silent push.' }),
    silent: z.boolean().nullish().meta({
      description: 'Wakes the app with `data` and shows nothing, neither title, body, sound nor image.',
    }),
    respect_preferences: z.boolean().nullish().meta({
      description:
        'Skips users who muted everything, and devices in quiet hours. By default: false, so everybody receives it.',
    }),
  })
  .refine(
    ({ notification, silent }) =>
      silent === true || isVisible(notification.title ?? '') || isVisible(notification.body ?? ''),
    {
      path: ['notification'],
      message: 'must have a title or a body; for a push with data only, set silent: true',
    },
  )
  .superRefine(({ notification, silent }, context) => {
    for (const name of Object.keys(notification.data ?? {})) {
      const isTaken =
        silent === true
          ? name === 'image_url' && typeof notification.image_url === 'string'
          : shownKeys.has(name);
      if (isTaken) context.addIssue({ code: 'custom', path: ['notification', 'data', name], message: taken });
    }
  })
  .superRefine(({ notification, collapse_id: collapseId }, context) => {
    const { data = null, image_url: image = null, sound = null } = notification;
    const sizes = [
      { name: 'data', bytes: jsonBytes(data) },
      { name: 'image_url', bytes: jsonBytes(image) },
      { name: 'sound', bytes: jsonBytes(sound) },
    ];
    const bytes = sizes.reduce((sum, size) => sum + size.bytes, jsonBytes(collapseId ?? null));
    if (bytes <= maxFixedBytes) return;
    const [largest] = sizes.sort((one, other) => other.bytes - one.bytes);
    const message =
      `data, image_url, sound and collapse_id must take at most ${maxFixedBytes} bytes as JSON together; ` +
      `they take ${bytes}. No provider would take the push`;
    context.addIssue({ code: 'custom', path: ['notification', largest?.name ?? 'data'], message });
  })
  .meta({ id: 'Push' });

function jsonBytes(value: unknown): number {
  return value === null ? 0 : Buffer.byteLength(JSON.stringify(value));
}

const taken = 'is reserved: the relay sets this key in a notification that is shown; use another name';

export type PushRequest = z.output<typeof pushSchema>;

export const pushHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters')
    .optional()
    .meta({
      description:
        'Makes a retry safe: for 24 hours, the same key with the same body returns the same id and pushes once. ' +
        'With another body, the answer is 422.',
    }),
  ...traceHeaders.shape,
});

export const acceptedSchema = z
  .strictObject({ id: z.string().meta({ description: 'Identifies this request. Ids sort by time.' }) })
  .meta({ id: 'Accepted' });
