import { silentLogger } from '../../domain/logger';
import { AccessTokens } from './access-tokens';
import type { FetchedToken } from './token-source';

const down: FetchedToken = { kind: 'unavailable', reason: 'ECONNREFUSED', retryAfterMs: null };

function start(expiresInSeconds = 3600) {
  const clock = { nowMs: 1_700_000_000_000, now: () => clock.nowMs, monotonicMs: () => clock.nowMs };
  const state = { fetches: 0, answer: null as FetchedToken | null };
  const source = async (): Promise<FetchedToken> => {
    state.fetches += 1;
    const token = `t${state.fetches}`;
    await Promise.resolve();
    return state.answer ?? { kind: 'token', accessToken: token, expiresInSeconds };
  };
  const tokens = new AccessTokens({ provider: 'fcm', source, timeoutMs: 1000, clock, logger: silentLogger });
  return { clock, state, tokens };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('AccessTokens', () => {
  it('fetches once for all who ask at once', async () => {
    const { state, tokens } = start();
    const results = await Promise.all(Array.from({ length: 500 }, () => tokens.obtain()));
    expect(results.every((result) => result.kind === 'pass' && result.pass.value === 'Bearer t1')).toBe(true);
    expect(state.fetches).toBe(1);
    expect(tokens.peek()?.value).toBe('Bearer t1');
  });

  it('fetches the next one five minutes early, and gives out the old one meanwhile', async () => {
    const { clock, state, tokens } = start();
    await tokens.obtain();
    clock.nowMs += 54 * 60_000;
    tokens.peek();
    expect(state.fetches).toBe(1);
    clock.nowMs += 90_000;
    expect(tokens.peek()?.value).toBe('Bearer t1');
    await turn();
    expect(tokens.peek()?.value).toBe('Bearer t2');
    expect(state.fetches).toBe(2);
  });

  it('keeps the old one in use while it is good and none can be fetched', async () => {
    const { clock, state, tokens } = start();
    await tokens.obtain();
    state.answer = down;
    clock.nowMs += 56 * 60_000;
    for (let count = 0; count < 100; count += 1) {
      expect(tokens.peek()?.value).toBe('Bearer t1');
      await turn();
    }
    expect(state.fetches).toBe(2);
    clock.nowMs += 1001;
    tokens.peek();
    await turn();
    expect(state.fetches).toBe(3);
    clock.nowMs += 4 * 60_000;
    expect(tokens.peek()).toBeNull();
    expect(await tokens.obtain()).toMatchObject({
      kind: 'refused',
      outcome: { kind: 'unavailable', ambiguous: false },
    });
  });

  it('does not ask again for a moment after a failure', async () => {
    const { clock, state, tokens } = start();
    state.answer = { kind: 'misconfigured', reason: 'invalid_grant: Invalid JWT Signature.' };
    for (let count = 0; count < 10; count += 1) {
      expect(await tokens.obtain()).toEqual({
        kind: 'refused',
        outcome: { kind: 'misconfigured', reason: 'invalid_grant: Invalid JWT Signature.' },
      });
    }
    expect(state.fetches).toBe(1);
    state.answer = null;
    clock.nowMs += 5001;
    expect(await tokens.obtain()).toMatchObject({ kind: 'pass' });
  });

  it('renews once for all who were refused, and not again at once', async () => {
    const { clock, state, tokens } = start();
    const first = await tokens.obtain();
    if (first.kind !== 'pass') throw new Error('refused');
    const renewed = await Promise.all(Array.from({ length: 500 }, () => tokens.renew(first.pass)));
    expect(new Set(renewed.map((result) => result.kind === 'pass' && result.pass.value))).toEqual(
      new Set(['Bearer t2']),
    );
    expect(state.fetches).toBe(2);
    const second = tokens.peek();
    if (second === null) throw new Error('none');
    expect(await tokens.renew(second)).toEqual({ kind: 'pass', pass: second });
    clock.nowMs += 31_000;
    expect(await tokens.renew(second)).toMatchObject({ pass: { value: 'Bearer t3' } });
  });

  it('does not renew a short-lived token without end', async () => {
    const { clock, state, tokens } = start(60);
    await tokens.obtain();
    clock.nowMs += 40_000;
    tokens.peek();
    expect(state.fetches).toBe(1);
    clock.nowMs += 9_000;
    expect(tokens.peek()).not.toBeNull();
    expect(state.fetches).toBe(2);
  });
});
