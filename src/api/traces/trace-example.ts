import { exampleResult, exampleUid } from '../example';

const at = '2026-01-31T12:00:00.000Z';

export const exampleMessage = {
  message_id: '2124460212696813568',
  received_at: at,
  from_uid: 'bob',
  channel_id: 'team',
  channel_type: 2,
  source: 'webhook',
  counts: { pushed: 1 },
};

export const exampleTrace = {
  ...exampleMessage,
  recipients: [
    {
      ...exampleUid,
      result: 'pushed',
      detail: 'rendered as type 1 (text)',
      at,
      devices: [
        {
          device_id: 'iphone-of-alice',
          provider: exampleResult.provider,
          state: 'accepted',
          steps: [
            {
              at,
              step: 'answered',
              outcome: 'accepted',
              attempt: 1,
              provider_id: '5c9b4d3e-7a51-5f0e-8d42-0b6d1f2a9c11',
            },
          ],
        },
      ],
    },
  ],
};
