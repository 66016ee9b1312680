import type { HttpEndpoint } from '../many-tokens/endpoint';

export interface MeizuOptions {
  readonly app: string;
  readonly appId: string;
  readonly appSecret: string;
  /** What a click opens; null: the launcher. */
  readonly activity: string | null;
  readonly api: HttpEndpoint;
  readonly timeoutMs: number;
  readonly maxConnections: number;
}
