import type { ProviderName, TokenKind } from '../domain/provider-table';

/** Where it happened; `lane` is called the environment outside. */
interface OnRoute {
  readonly provider: ProviderName;
  readonly app: string;
  readonly lane: string;
}

interface OfDevice extends OnRoute {
  readonly uid: string;
  readonly deviceId: string;
  readonly reason: string;
}

/** What the app's server learns of. Times are ms since the epoch. No device token and no text. */
export type FeedbackNews =
  /** `tokenKind`: a device may keep the token of the other kind. */
  | ({ readonly type: 'device.forgotten'; readonly tokenKind: TokenKind } & OfDevice)
  | ({ readonly type: 'device.suspended'; readonly untilMs: number } & OfDevice)
  | {
      readonly type: 'delivery.dead_letter';
      readonly deadLetterId: string;
      readonly messageId: string | null;
      readonly uid: string;
      /** Null: all devices of the uid. */
      readonly deviceId: string | null;
      /** Null: no provider was reached. */
      readonly route: OnRoute | null;
      readonly reason: string;
    }
  | ({ readonly type: 'credential.paused'; readonly reason: string } & OnRoute)
  | ({ readonly type: 'credential.resumed' } & OnRoute)
  | ({ readonly type: 'quota.exhausted'; readonly reason: string; readonly untilMs: number } & OnRoute);

export type FeedbackType = FeedbackNews['type'];

/** The app's server. */
export interface Feedback {
  /** Resolves when the news is on disk, or was left out and counted. Never rejects. */
  tell(news: FeedbackNews): Promise<void>;
}

/** Nobody wants to know. */
export const noFeedback: Feedback = { tell: () => Promise.resolve() };
