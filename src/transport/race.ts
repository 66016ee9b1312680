export type RaceResult<Prize> =
  { readonly kind: 'won'; readonly prize: Prize } | { readonly kind: 'lost'; readonly cause: string };

/** Starts one attempt, which calls `done` at most once; returns how to give it up. */
export type Attempt<Prize> = (address: string, done: (result: RaceResult<Prize>) => void) => () => void;

const headStartMs = 300;

/**
 * Tries addresses in their order, each a head start after the one before or as soon as that one failed; the first that
 * succeeds wins and the others are given up, as in https://www.rfc-editor.org/rfc/rfc8305. Fails when all failed, with every distinct
 * cause. Calls `done` once, unless the returned function, which gives up, was called before.
 */
export function race<Prize>(
  addresses: readonly string[],
  attempt: Attempt<Prize>,
  done: (result: RaceResult<Prize>) => void,
): () => void {
  const running = new Map<string, () => void>();
  const causes = new Set<string>();
  let started = 0;
  let over = false;
  let timer: NodeJS.Timeout | undefined;

  const stop = (): void => {
    over = true;
    clearTimeout(timer);
    for (const giveUp of running.values()) giveUp();
    running.clear();
  };
  const onResult = (address: string, result: RaceResult<Prize>): void => {
    if (over) return;
    running.delete(address);
    if (result.kind === 'won') {
      stop();
      done(result);
      return;
    }
    causes.add(result.cause);
    if (started < addresses.length) startNext();
    else if (running.size === 0) {
      over = true;
      done({ kind: 'lost', cause: [...causes].slice(0, 3).join('; ') });
    }
  };
  const startNext = (): void => {
    clearTimeout(timer);
    const address = addresses[started] as string;
    started += 1;
    if (started < addresses.length) timer = setTimeout(startNext, headStartMs);
    let ended = false;
    const giveUp = attempt(address, (result) => {
      ended = true;
      onResult(address, result);
    });
    if (!ended && !over) running.set(address, giveUp);
  };

  startNext();
  return stop;
}
