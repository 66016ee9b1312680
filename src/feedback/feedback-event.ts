import type { FeedbackNews, FeedbackType } from './feedback';

/** An event as the app's server gets it; `at` and `until` are RFC 3339. */
export interface FeedbackEvent {
  readonly id: string;
  readonly at: string;
  readonly type: FeedbackType;
  readonly uid?: string;
  /** Absent: all devices of the uid. */
  readonly device_id?: string;
  readonly provider?: string;
  readonly app?: string;
  /** Of the provider: `production` or `sandbox` for APNs. */
  readonly environment?: string;
  /** `alert` or `voip`. */
  readonly token_kind?: string;
  readonly dead_letter_id?: string;
  readonly message_id?: string;
  readonly reason?: string;
  readonly until?: string;
}

export function toFeedbackEvent(news: FeedbackNews, id: string, atMs: number): FeedbackEvent {
  const head = { id, at: timeText(atMs), type: news.type };
  switch (news.type) {
    case 'device.forgotten':
      return { ...head, ...ofDevice(news), token_kind: news.tokenKind, reason: news.reason };
    case 'device.suspended':
      return { ...head, ...ofDevice(news), reason: news.reason, until: timeText(news.untilMs) };
    case 'delivery.dead_letter':
      return {
        ...head,
        uid: news.uid,
        ...(news.deviceId === null ? {} : { device_id: news.deviceId }),
        ...(news.route === null ? {} : onRoute(news.route)),
        dead_letter_id: news.deadLetterId,
        ...(news.messageId === null ? {} : { message_id: news.messageId }),
        reason: news.reason,
      };
    case 'credential.paused':
      return { ...head, ...onRoute(news), reason: news.reason };
    case 'credential.resumed':
      return { ...head, ...onRoute(news) };
    case 'quota.exhausted':
      return { ...head, ...onRoute(news), reason: news.reason, until: timeText(news.untilMs) };
    default:
      return news satisfies never;
  }
}

function ofDevice(news: Extract<FeedbackNews, { type: 'device.forgotten' | 'device.suspended' }>) {
  return { uid: news.uid, device_id: news.deviceId, ...onRoute(news) };
}

function onRoute({ provider, app, lane }: { provider: string; app: string; lane: string }) {
  return { provider, app, environment: lane };
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
