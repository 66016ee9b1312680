import type { Delivery } from '../../domain/notification';
import type { ProviderLane } from '../../domain/provider-table';
import type { Provider } from '../provider';
import { refuse } from '../wire/refuse';

/** One provider out of those of its lanes, each of which has a host of its own. `lanes`: one at least. */
export function providerOfLanes(
  { name, batch }: Pick<Provider, 'name' | 'batch'>,
  app: string,
  lanes: ReadonlyMap<ProviderLane, Provider>,
): Provider {
  return {
    name,
    app,
    lanes: [...lanes.keys()],
    batch,
    send: (notification, deliveries, settle) => {
      for (const [lane, ofLane] of byLane(deliveries)) {
        const provider = lanes.get(lane);
        if (provider !== undefined) provider.send(notification, ofLane, settle);
        else for (const delivery of ofLane) refuse(delivery, 'no_such_lane', 'device_token', settle);
      }
    },
    check: (lane) =>
      lanes.get(lane)?.check(lane) ??
      Promise.resolve({ kind: 'refused_locally', reason: 'no_such_lane', blame: 'payload' }),
    close: async (deadlineMs) => {
      await Promise.all([...lanes.values()].map((provider) => provider.close(deadlineMs)));
    },
  };
}

function byLane<D extends Delivery>(deliveries: readonly D[]): ReadonlyMap<ProviderLane, readonly D[]> {
  const [first] = deliveries;
  if (first === undefined) return new Map();
  if (deliveries.every(({ lane }) => lane === first.lane)) return new Map([[first.lane, deliveries]]);
  const lanes = new Map<ProviderLane, D[]>();
  for (const delivery of deliveries) {
    const ofLane = lanes.get(delivery.lane);
    if (ofLane === undefined) lanes.set(delivery.lane, [delivery]);
    else ofLane.push(delivery);
  }
  return lanes;
}
