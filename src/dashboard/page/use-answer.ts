import { useEffect, useState } from 'preact/hooks';
import { call, RequestError } from './request';

export type Answer<T> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'loaded'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: RequestError | null };

/** What GET answers; `version` changes to ask again. `error` null: there was no answer. Null as path: nothing is asked. */
export function useAnswer<T>(path: string | null, version = 0): Answer<T> {
  const [state, setState] = useState<{ path: string | null; answer: Answer<T> }>({
    path: null,
    answer: { kind: 'loading' },
  });
  useEffect(() => {
    if (path === null) return undefined;
    let isCurrent = true;
    const set = (answer: Answer<T>) => {
      if (isCurrent) setState({ path, answer });
    };
    call<T>('GET', path).then(
      (value) => set({ kind: 'loaded', value }),
      (error: unknown) => set({ kind: 'failed', error: error instanceof RequestError ? error : null }),
    );
    return () => {
      isCurrent = false;
    };
  }, [path, version]);
  return state.path === path ? state.answer : { kind: 'loading' };
}

/** The latest answer of GET, asked for again and again while the page is seen, and whether the relay answers. */
export function usePolled<T>(path: string, everyMs: number, add: (value: T) => void): boolean {
  const [isLost, setLost] = useState(false);
  useEffect(() => {
    let timer = 0;
    let isOver = false;
    const ask = async (): Promise<void> => {
      if (document.visibilityState === 'visible') {
        try {
          add(await call<T>('GET', path));
          setLost(false);
        } catch {
          setLost(true);
        }
      }
      if (!isOver) timer = window.setTimeout(() => void ask(), everyMs);
    };
    void ask();
    return () => {
      isOver = true;
      window.clearTimeout(timer);
    };
  }, [path]);
  return isLost;
}

/** Counts up while the page is seen. */
export function useTick(everyMs: number): number {
  const [tick, setTick] = useState(0);
  useEffect(() => {
    const timer = window.setInterval(() => {
      if (document.visibilityState === 'visible') setTick((before) => before + 1);
    }, everyMs);
    return () => window.clearInterval(timer);
  }, [everyMs]);
  return tick;
}
