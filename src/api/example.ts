/** A request and what the relay answers to it, as openapi.json shows them. A test sends each of them to a running relay. */
export interface OperationExample {
  readonly params?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Default: the lowest that the operation documents. */
  readonly status?: number;
  /** Absent: the answer has no body. Of a text, its beginning. */
  readonly answer?: unknown;
}

export const exampleUid = { uid: 'alice' };
export const exampleDeviceParams = { uid: 'alice', device_id: 'iphone-of-alice' };
export const exampleGroup = { channel_type: 2, channel_id: 'team' };

export const exampleToken = '5a1f0c93e47b2d68'.repeat(4);

export const exampleVapidKey =
  'BLc4xRzKlKORKWlbdgFaBrrPK3ydWAHo4M0gs0i1oEKgPpWC5cW8OCzVrOQRv-1npXRWk8udnYW3-NP9rZ0nT9w';

export const exampleRegistration = {
  provider: 'apns',
  token: exampleToken,
  locale: 'zh-CN',
  timezone: 'Asia/Shanghai',
  device_flag: 0,
  app_version: '3.2.0',
  model: 'iPhone15,2',
};

export const exampleResult = {
  device_id: 'iphone-of-alice',
  provider: 'apns',
  outcome: 'accepted',
  latency_ms: 41.5,
};

export const exampleDevice = {
  device_id: 'iphone-of-alice',
  provider: 'apns',
  platform: 'ios',
  app: 'default',
  environment: 'production',
  token: '…e47b2d68',
  has_voip_token: false,
  locale: 'zh-CN',
  timezone: 'Asia/Shanghai',
  preview: null,
  device_flag: 0,
  app_version: '3.2.0',
  model: 'iPhone15,2',
  registered_at: '2026-01-31T12:00:00.000Z',
  last_active_at: null,
  last_accepted_at: null,
  state: 'active',
  last_failure_at: null,
  last_failure_reason: null,
};

export const examplePreferences = {
  locale: 'zh-CN',
  preview: 'sender',
  muted_until: null,
  silence_while_online: null,
  quiet_hours: {
    start: '22:00',
    end: '07:00',
    timezone: 'Asia/Shanghai',
    days: [1, 2, 3, 4, 5],
    allow_calls: true,
    allow_mentions: false,
  },
};
