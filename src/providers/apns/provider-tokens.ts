import type { Clock } from '../../domain/clock';
import type { Logger } from '../../domain/logger';
import type { Authorization, Pass, PassResult } from '../wire/authorization';
import { within } from '../wire/within';
import type { SharedTokens } from './options';
import { mintProviderToken, readProviderToken, type ProviderToken, type SigningKey } from './provider-token';
import { TokenSeal } from './sealed-token';

const minuteMs = 60_000;
/** Apple refuses a token past its hour, and more than one in 20 minutes. */
const renewAtAgeMs = 50 * minuteMs;
const tooOldAtAgeMs = 58 * minuteMs;
const restMs = 20 * minuteMs;
const sharedWaitMs = 500;
const sharedLifeMs = 55 * minuteMs;
const clockSkewMs = 5 * minuteMs;

interface Current {
  readonly pass: Pass;
  readonly issuedAtMs: number;
}

export interface ProviderTokensContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sharedTokens: SharedTokens | null;
}

/**
 * The provider token of one key, shared by all environments and all replicas that use the key.
 *
 * - none: nothing yet; who asks waits for the first.
 * - fresh: younger than 50 minutes.
 * - ageing: 50 to 58 minutes; still given out, while its successor is made.
 * - too old, or said to be expired: who asks waits for the successor.
 *
 * A successor is another replica's token out of the shared store, or a new one. It is made once however many ask, and
 * on Apple's word that a token has expired at most once in 20 minutes: more often, Apple refuses.
 */
export class ProviderTokens implements Authorization {
  private readonly seal: TokenSeal;
  private current: Current | null = null;
  private making: Promise<PassResult> | null = null;
  private generation = 0;
  /** The pass that Apple refused last, and when its successor was asked for. */
  private refused: { readonly generation: number; readonly atMs: number } | null = null;
  private keepUntilMs = 0;

  constructor(
    private readonly signer: SigningKey,
    private readonly context: ProviderTokensContext,
  ) {
    this.seal = new TokenSeal(signer);
  }

  peek(): Pass | null {
    const { current } = this;
    if (current === null || current.pass.generation === this.refused?.generation) return null;
    const nowMs = this.context.clock.now();
    const ageMs = nowMs - current.issuedAtMs;
    if (ageMs >= tooOldAtAgeMs) return null;
    if (ageMs >= renewAtAgeMs && nowMs >= this.keepUntilMs) void this.make();
    return current.pass;
  }

  obtain(): Promise<PassResult> {
    const pass = this.peek();
    return pass === null ? this.make() : Promise.resolve({ kind: 'pass', pass });
  }

  renew(used: Pass): Promise<PassResult> {
    const { current } = this;
    if (current !== null && current.pass.generation !== used.generation) return this.obtain();
    const nowMs = this.context.clock.now();
    if (this.making === null && this.refused !== null && nowMs - this.refused.atMs < restMs) {
      return Promise.resolve({ kind: 'pass', pass: used });
    }
    if (this.refused?.generation !== used.generation)
      this.refused = { generation: used.generation, atMs: nowMs };
    return this.make();
  }

  keep(): void {
    this.keepUntilMs = this.context.clock.now() + restMs;
  }

  private make(): Promise<PassResult> {
    this.making ??= this.successor().finally(() => {
      this.making = null;
    });
    return this.making;
  }

  private async successor(): Promise<PassResult> {
    const shared = await this.readShared();
    if (shared !== null && this.isUsable(shared)) return this.adopt(shared, 'shared');
    const minted = mintProviderToken(this.signer, Math.floor(this.context.clock.now() / 1000));
    await this.writeShared(minted);
    // Two replicas may have minted at once: the last written stands for both.
    const standing = await this.readShared();
    if (standing !== null && this.isUsable(standing)) return this.adopt(standing, 'minted');
    return this.adopt(minted, 'minted');
  }

  /** Young enough, and not the one that Apple has just refused or an older one. */
  private isUsable(token: ProviderToken): boolean {
    const ageMs = this.context.clock.now() - token.issuedAtSeconds * 1000;
    if (ageMs >= renewAtAgeMs || ageMs < -clockSkewMs) return false;
    return this.current === null || token.issuedAtSeconds * 1000 > this.current.issuedAtMs;
  }

  private adopt(token: ProviderToken, origin: string): PassResult {
    this.generation += 1;
    const pass = { header: `bearer ${token.jwt}`, generation: this.generation };
    this.current = { pass, issuedAtMs: token.issuedAtSeconds * 1000 };
    const { keyId, teamId } = this.signer;
    this.context.logger.debug({ keyId, teamId, origin }, 'apns provider token renewed');
    return { kind: 'pass', pass };
  }

  private async readShared(): Promise<ProviderToken | null> {
    const { sharedTokens } = this.context;
    if (sharedTokens === null) return null;
    const sealed = await within(sharedWaitMs, this.quietly(sharedTokens.get(this.seal.name)), null);
    if (typeof sealed !== 'string') return null;
    const jwt = this.seal.open(sealed);
    return jwt === null ? null : readProviderToken(jwt, this.signer);
  }

  private async writeShared(token: ProviderToken): Promise<void> {
    const { sharedTokens } = this.context;
    if (sharedTokens === null) return;
    const written = sharedTokens.set(this.seal.name, this.seal.seal(token.jwt), sharedLifeMs);
    await within(sharedWaitMs, this.quietly(written), null);
  }

  /** Without the store each replica has a token of its own, which Apple takes as well. */
  private async quietly<T>(answer: Promise<T>): Promise<T | null> {
    try {
      return await answer;
    } catch (error) {
      this.context.logger.debug({ err: error }, 'apns provider token is not shared now');
      return null;
    }
  }
}
