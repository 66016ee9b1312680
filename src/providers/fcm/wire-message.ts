import type {
  AndroidConfig,
  AndroidNotification,
  ApnsConfig,
  TokenMessage,
  WebpushConfig,
  WebpushNotification,
} from 'firebase-admin/messaging';

/** `channelId` is `channel_id` on the wire. */
type Snake<Text extends string> = Text extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${Snake<Rest>}`
  : Text;

/** The names that the SDK gives to Google's fields, as Google writes them. */
type OnWire<Fields> = {
  [Name in keyof Fields as Name extends 'imageUrl' ? 'image' : Snake<Name & string>]: Fields[Name];
};

/** Texts in the `notification` of an Android message. */
export type AndroidDisplay = {
  [Name in keyof OnWire<Pick<AndroidNotification, 'tag' | 'channelId' | 'sound' | 'imageUrl'>>]?: string;
};

/** Texts in the `notification` of a browser. */
export type WebDisplay = { [Name in keyof Pick<WebpushNotification, 'icon' | 'image' | 'tag'>]?: string };

/**
 * What FCM takes of us: firebase.google.com/docs/reference/fcm/rest/v1/projects.messages. Derived from firebase-admin's
 * types, so that a name that Google does not know does not compile.
 */
export interface WireMessage extends Pick<TokenMessage, 'token' | 'data' | 'notification'> {
  readonly android?: Pick<AndroidConfig, 'data'> & {
    readonly priority: 'HIGH' | 'NORMAL';
    /** `3600s` */
    readonly ttl: string;
    readonly notification?: OnWire<AndroidNotification>;
  };
  readonly apns?: Pick<ApnsConfig, 'headers' | 'payload'>;
  readonly webpush?: WebpushConfig;
}
