import type { Clock } from '../../domain/clock';
import type { Logger } from '../../domain/logger';
import type { Authorization, Pass, PassResult, UnauthorizedRequest } from '../wire/authorization';
import { within } from '../../shared/within';
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
/** How far a replica's clock may be ahead of this one's, so that its token is taken. Apple takes about as much. */
const clockSkewMs = minuteMs;
/** Between the wall clock and the monotonic one; more is a step. */
const stepMs = 5_000;

interface Current {
  readonly pass: Pass;
  readonly issuedAtMs: number;
  /** By the monotonic clock, as far as the wall clock could be believed when it was taken. */
  readonly bornAtMs: number;
  /** Wall minus monotonic when it was taken. */
  readonly offsetMs: number;
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
 * A token from the future, which a clock that was ahead has issued, is none: it is made anew as soon as the clock is right. Ages
 * are measured by the monotonic clock.
 *
 * A successor is a token out of the store, which replicas share and which outlives a restart, or a new one. It is made once
 * however many ask. When Apple says that one has expired, at most once in 20 minutes. When Apple takes none such: if it is 20
 * minutes old, lies in the future, or was issued before the clock was set. More often, Apple refuses, and the same clock would
 * issue no better one.
 */
export class ProviderTokens implements Authorization {
  readonly #seal: TokenSeal;
  #current: Current | null = null;
  #making: Promise<PassResult> | null = null;
  #generation = 0;
  /** The generation that Apple refused last. */
  #refused = 0;
  #renewedAtMs = Number.NEGATIVE_INFINITY;
  #keepUntilMs = Number.NEGATIVE_INFINITY;
  readonly #signer: SigningKey;
  readonly #context: ProviderTokensContext;

  constructor(signer: SigningKey, context: ProviderTokensContext) {
    this.#signer = signer;
    this.#context = context;

    this.#seal = new TokenSeal(signer);
  }

  peek(): Pass | null {
    const current = this.#current;
    if (current === null || current.pass.generation === this.#refused) return null;
    if (this.#isFromFuture(current.issuedAtMs, clockSkewMs)) return null;
    const nowMs = this.#context.clock.monotonicMs();
    const ageMs = nowMs - current.bornAtMs;
    if (ageMs >= tooOldAtAgeMs) return null;
    if (ageMs >= renewAtAgeMs && nowMs >= this.#keepUntilMs) void this.#make();
    return current.pass;
  }

  obtain(): Promise<PassResult> {
    const pass = this.peek();
    return pass === null ? this.#make() : Promise.resolve({ kind: 'pass', pass });
  }

  renew(used: Pass, said: 'expired' | 'invalid'): Promise<PassResult> {
    const current = this.#current;
    if (current === null || current.pass.generation !== used.generation) return this.obtain();
    const nowMs = this.#context.clock.monotonicMs();
    const mayRenew = said === 'expired' && nowMs - this.#renewedAtMs >= restMs;
    if (this.#making === null && !mayRenew && !this.#mayReplace(current))
      return Promise.resolve({ kind: 'pass', pass: used });
    this.#refused = used.generation;
    this.#renewedAtMs = nowMs;
    return this.#make();
  }

  write(pass: Pass, request: UnauthorizedRequest): void {
    request.headers['authorization'] = pass.value;
  }

  keep(): void {
    this.#keepUntilMs = this.#context.clock.monotonicMs() + restMs;
  }

  #mayReplace(current: Current): boolean {
    const { clock } = this.#context;
    if (this.#isFromFuture(current.issuedAtMs, 0)) return true;
    if (Math.abs(clock.now() - clock.monotonicMs() - current.offsetMs) > stepMs) return true;
    return clock.monotonicMs() - current.bornAtMs >= restMs;
  }

  #isFromFuture(issuedAtMs: number, skewMs: number): boolean {
    return issuedAtMs - this.#context.clock.now() > skewMs;
  }

  #make(): Promise<PassResult> {
    this.#making ??= this.#successor().finally(() => {
      this.#making = null;
    });
    return this.#making;
  }

  async #successor(): Promise<PassResult> {
    const shared = await this.#readShared();
    if (shared !== null && this.#isUsable(shared)) return this.#adopt(shared, 'shared');
    const minted = mintProviderToken(this.#signer, Math.floor(this.#context.clock.now() / 1000));
    await this.#writeShared(minted);
    // Two replicas may have minted at once: the last written stands for both.
    const standing = await this.#readShared();
    if (standing !== null && this.#isUsable(standing)) return this.#adopt(standing, 'minted');
    return this.#adopt(minted, 'minted');
  }

  /** Young enough, and not the one that Apple has just refused or an older one. */
  #isUsable(token: ProviderToken): boolean {
    const current = this.#current;
    const issuedAtMs = token.issuedAtSeconds * 1000;
    if (this.#context.clock.now() - issuedAtMs >= renewAtAgeMs || this.#isFromFuture(issuedAtMs, clockSkewMs))
      return false;
    if (current === null || issuedAtMs > current.issuedAtMs) return true;
    return this.#isFromFuture(current.issuedAtMs, clockSkewMs);
  }

  #adopt(token: ProviderToken, origin: string): PassResult {
    this.#generation += 1;
    const pass = { value: `bearer ${token.jwt}`, generation: this.#generation };
    const { clock } = this.#context;
    const issuedAtMs = token.issuedAtSeconds * 1000;
    const offsetMs = clock.now() - clock.monotonicMs();
    const bornAtMs = clock.monotonicMs() - Math.max(0, clock.now() - issuedAtMs);
    this.#current = { pass, issuedAtMs, bornAtMs, offsetMs };
    const { keyId, teamId } = this.#signer;
    this.#context.logger.debug(
      { event: 'apns_token_renewed', keyId, teamId, origin },
      'APNs provider token renewed',
    );
    return { kind: 'pass', pass };
  }

  async #readShared(): Promise<ProviderToken | null> {
    const { sharedTokens } = this.#context;
    if (sharedTokens === null) return null;
    const sealed = await within(sharedWaitMs, this.#quietly(sharedTokens.get(this.#seal.name)), null);
    if (typeof sealed !== 'string') return null;
    const jwt = this.#seal.open(sealed);
    return jwt === null ? null : readProviderToken(jwt, this.#signer);
  }

  async #writeShared(token: ProviderToken): Promise<void> {
    const { sharedTokens } = this.#context;
    if (sharedTokens === null) return;
    const written = sharedTokens.set(this.#seal.name, this.#seal.seal(token.jwt), sharedLifeMs);
    await within(sharedWaitMs, this.#quietly(written), null);
  }

  /** Without the store each replica has a token of its own, which Apple takes as well. */
  async #quietly<T>(answer: Promise<T>): Promise<T | null> {
    try {
      return await answer;
    } catch (error) {
      this.#context.logger.debug(
        { event: 'apns_token_not_shared', err: error },
        'APNs provider token not shared',
      );
      return null;
    }
  }
}
