import type { HttpEndpoint } from '../many-tokens/endpoint';
import type { MakerOptions } from '../many-tokens/maker';

export interface VivoOptions extends MakerOptions {
  /** A number, as the console shows it. */
  readonly appId: number;
  readonly appKey: string;
  readonly appSecret: string;
  /** The classification that the app was granted. Null: operation messages, by day only and few. */
  readonly category: string | null;
  /** `intent://…` with places; null: the launcher is opened. */
  readonly skipContent: string | null;
  /** Reaches the test users of the console only. */
  readonly testMode: boolean;
  readonly api: HttpEndpoint;
}
