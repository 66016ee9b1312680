import type { Outcome } from '../../domain/outcome';

/** A provider credential as it travels. Each renewal has a generation of its own. */
export interface Pass {
  readonly value: string;
  readonly generation: number;
}

export type PassResult =
  { readonly kind: 'pass'; readonly pass: Pass } | { readonly kind: 'refused'; readonly outcome: Outcome };

/** As much of a request as a credential may be written into. */
export interface UnauthorizedRequest {
  readonly headers: Record<string, string>;
  body: Buffer;
}

/** Keeps a provider credential fresh. However many ask at once, it is made once. */
export interface Authorization {
  /** The one in use, when there is one that is good. */
  peek(): Pass | null;
  /** Waits for a good one; ends within the provider's timeout. Never rejects. */
  obtain(): Promise<PassResult>;
  /**
   * The provider said that this one has expired, or that it takes none such, as it does of one from the future: resolves with its
   * successor, or with itself when there can be none yet.
   */
  renew(used: Pass, said: 'expired' | 'invalid'): Promise<PassResult>;
  /** Puts the credential where the provider looks for it: into a header, or into the body. */
  write(pass: Pass, request: UnauthorizedRequest): void;
  /** The provider says that it changes too often. */
  keep?(): void;
}
