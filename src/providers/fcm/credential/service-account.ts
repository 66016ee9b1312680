/** What the relay uses of a service account's key file. */
export interface ServiceAccount {
  readonly clientEmail: string;
  /** RSA, PEM. */
  readonly privateKey: string;
  readonly privateKeyId: string | null;
  readonly tokenUri: string;
}
