/** The type of one field in proto3 JSON. `struct` holds any JSON object. */
export type FcmField =
  | 'string'
  | 'bool'
  | 'int32'
  | 'number'
  | 'duration'
  | 'timestamp'
  | 'struct'
  | 'strings'
  | 'durations'
  | 'string map'
  | readonly string[]
  | { readonly [name: string]: FcmField };

const fcmOptions = { analyticsLabel: 'string' } as const;

const color = { red: 'number', green: 'number', blue: 'number', alpha: 'number' } as const;

const androidNotification = {
  title: 'string',
  body: 'string',
  icon: 'string',
  color: 'string',
  sound: 'string',
  tag: 'string',
  clickAction: 'string',
  bodyLocKey: 'string',
  bodyLocArgs: 'strings',
  titleLocKey: 'string',
  titleLocArgs: 'strings',
  channelId: 'string',
  ticker: 'string',
  sticky: 'bool',
  eventTime: 'timestamp',
  localOnly: 'bool',
  notificationPriority: [
    'PRIORITY_UNSPECIFIED',
    'PRIORITY_MIN',
    'PRIORITY_LOW',
    'PRIORITY_DEFAULT',
    'PRIORITY_HIGH',
    'PRIORITY_MAX',
  ],
  defaultSound: 'bool',
  defaultVibrateTimings: 'bool',
  defaultLightSettings: 'bool',
  vibrateTimings: 'durations',
  visibility: ['VISIBILITY_UNSPECIFIED', 'PRIVATE', 'PUBLIC', 'SECRET'],
  notificationCount: 'int32',
  lightSettings: { color, lightOnDuration: 'duration', lightOffDuration: 'duration' },
  image: 'string',
  bypassProxyNotification: 'bool',
  proxy: ['PROXY_UNSPECIFIED', 'ALLOW', 'DENY', 'IF_PRIORITY_LOWERED'],
} as const satisfies FcmField;

const android = {
  collapseKey: 'string',
  priority: ['NORMAL', 'HIGH'],
  ttl: 'duration',
  restrictedPackageName: 'string',
  data: 'string map',
  notification: androidNotification,
  fcmOptions,
  directBootOk: 'bool',
  bandwidthConstrainedOk: 'bool',
  restrictedSatelliteOk: 'bool',
} as const satisfies FcmField;

/**
 * The request body of `messages:send`; names in lowerCamelCase, of which proto3 JSON takes the snake_case form too.
 * @see https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
 */
export const sendMessageRequest = {
  validateOnly: 'bool',
  message: {
    name: 'string',
    data: 'string map',
    notification: { title: 'string', body: 'string', image: 'string' },
    android,
    webpush: {
      headers: 'string map',
      data: 'string map',
      notification: 'struct',
      fcmOptions: { link: 'string', analyticsLabel: 'string' },
    },
    apns: {
      headers: 'string map',
      payload: 'struct',
      fcmOptions: { analyticsLabel: 'string', image: 'string' },
      liveActivityToken: 'string',
    },
    fcmOptions,
    token: 'string',
    fid: 'string',
    topic: 'string',
    condition: 'string',
  },
} as const satisfies FcmField;
