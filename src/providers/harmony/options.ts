import type { HttpEndpoint } from '../many-tokens/endpoint';
import type { MakerOptions } from '../many-tokens/maker';

/** What the relay uses of the service account's key file. */
export interface HarmonyAccount {
  readonly projectId: string;
  readonly keyId: string;
  /** RSA, PEM. */
  readonly privateKey: string;
  readonly subAccount: string;
}

export interface HarmonyOptions extends MakerOptions {
  readonly account: HarmonyAccount;
  /** For taking messages back; null: a recalled message is replaced by another text. */
  readonly clientId: string | null;
  /** The classification that the app was granted; null: Huawei sorts by content, mostly into marketing. */
  readonly category: string | null;
  /** Huawei lets the app ring: calls wake it. */
  readonly callRight: boolean;
  /** Of the receipt address in the console; null: the app's own. */
  readonly receiptId: string | null;
  readonly api: HttpEndpoint;
}
