/** apn-send: @parse/node-apn, each push a notification of its own. apn-many: one notification, 500 tokens a call. */
export type SdkCall =
  | 'apn-send'
  | 'apn-many'
  | 'fcm-send'
  | 'fcm-send-each'
  /** The relay's own HTTP/2 client alone: no content, no store. */
  | 'transport-lean'
  /** A Web Push request that is built, encrypted and signed, and not sent: by the web-push package, and by the relay. */
  | 'webpush-package'
  | 'webpush-own';

export interface SdkOrder {
  readonly call: SdkCall;
  readonly count: number;
}

export interface SdkReport {
  readonly cpuMicros: number;
  readonly tookMs: number;
  readonly failed: number;
}
