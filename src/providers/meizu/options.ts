import type { HttpEndpoint } from '../many-tokens/endpoint';
import type { MakerOptions } from '../many-tokens/maker';

export interface MeizuOptions extends MakerOptions {
  readonly appId: string;
  readonly appSecret: string;
  /** What a click opens; null: the launcher. */
  readonly activity: string | null;
  readonly api: HttpEndpoint;
}
