import type { HttpEndpoint } from '../many-tokens/endpoint';
import type { MakerOptions } from '../many-tokens/maker';

export interface HonorOptions extends MakerOptions {
  readonly appId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** NORMAL: service and communication, where Honor has approved it; LOW: marketing. */
  readonly importance: 'NORMAL' | 'LOW';
  /** `intent:…` with places; null: the launcher is opened. */
  readonly clickIntent: string | null;
  /** The launcher activity, whose icon has the badge; null: no badge. */
  readonly badgeClass: string | null;
  readonly api: HttpEndpoint;
  readonly auth: HttpEndpoint;
}
