import { path } from '../request';

/** What became of a message: GET /v1/messages/{id}, GET /v1/pushes/{id}, and an item of GET /v1/users/{uid}/recent. */
export interface Trace extends Message {
  readonly recipients: readonly TracedRecipient[];
  readonly next_cursor?: string;
}

/** An item of GET /v1/messages. */
export interface Message {
  readonly message_id: string;
  readonly received_at: string;
  readonly from_uid: string | null;
  readonly channel_id: string | null;
  readonly channel_type: number | null;
  /** Null where a crash lost it. */
  readonly source: string | null;
  readonly counts: Readonly<Record<string, number>>;
}

export interface TracedRecipient {
  readonly uid: string;
  readonly result: string;
  readonly detail?: string;
  readonly at: string;
  readonly devices: readonly TracedDevice[];
}

export interface TracedDevice {
  readonly device_id: string;
  readonly provider: string | null;
  readonly state: string;
  readonly steps: readonly {
    readonly at: string;
    readonly step: string;
    readonly outcome?: string;
    readonly reason?: string;
    readonly detail?: string;
    readonly attempt?: number;
    readonly provider_id?: string;
  }[];
}

/** WuKongIM's ids are numbers, the relay's own are not. */
export function tracePath(id: string): string {
  return /^\d+$/.test(id) ? path`/v1/messages/${id}` : path`/v1/pushes/${id}`;
}
