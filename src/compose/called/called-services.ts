/*
 * Open this file first: it creates what each message asks, `resolver.ts` and `wukongim.ts`, by what they share (`service.ts`).
 * `feedback.ts` opens what tells the app's server, and `spans.ts` what reports to an OpenTelemetry collector.
 */

import type { Config } from '../../config/config';
import type { Resolver } from '../../resolver/resolver';
import type { OnlineUsers } from '../../wukongim/online-users';
import { createResolver, type ResolverSurroundings } from './resolver';
import { createWukongim } from './wukongim';

/** Services of the house that are asked about each message. */
export interface CalledServices {
  /** Null: there is none. */
  readonly resolver: Resolver | null;
  /** Null: WuKongIM's API is not known. */
  readonly onlineUsers: OnlineUsers | null;
}

/** `close`: once nothing asks any more. */
export function createCalledServices(
  config: Config,
  surroundings: ResolverSurroundings,
): { readonly called: CalledServices; readonly close: () => Promise<unknown> } {
  const resolver = createResolver(config.resolver, surroundings);
  const wukongim = createWukongim(config.wukongim, surroundings);
  return {
    called: { resolver: resolver?.resolver ?? null, onlineUsers: wukongim?.onlineUsers ?? null },
    close: () => Promise.all([resolver?.close(), wukongim?.close()]),
  };
}
