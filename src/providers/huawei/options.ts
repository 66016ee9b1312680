import type { HttpEndpoint } from '../many-tokens/endpoint';
import type { MakerOptions } from '../many-tokens/maker';

export interface HuaweiOptions extends MakerOptions {
  /** Of the API and of the token endpoint. */
  readonly appId: string;
  readonly appSecret: string;
  /** The classification that the app was granted; null: Huawei sorts by content, mostly into marketing. */
  readonly category: string | null;
  /** Null: the app's default. */
  readonly channelId: string | null;
  /** Null: that of messages. */
  readonly callChannelId: string | null;
  /** `intent://…` with places; null: the launcher is opened. */
  readonly clickIntent: string | null;
  /** The launcher activity, whose icon has the badge; null: no badge. */
  readonly badgeClass: string | null;
  /** Huawei lets the app ring: calls wake it. */
  readonly callRight: boolean;
  /** Of the receipt address in the console; null: the app's own. */
  readonly receiptId: string | null;
  readonly api: HttpEndpoint;
  readonly auth: HttpEndpoint;
}
