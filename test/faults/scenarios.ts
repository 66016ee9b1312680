import type { FaultyStore, Scenario } from './scenario';
import { movingSlots } from './scenarios/cluster';
import { forwarding } from './scenarios/forwarding';
import { blackhole } from './scenarios/providers';
import { frozenReplica, killedReplica, rollingRestart } from './scenarios/replicas';
import { failover, lostMaster } from './scenarios/sentinel';
import { frozenRedis, killedJournal, killedRedis, restartedRedis } from './scenarios/single-redis-faults';

/** In the order in which they are played. A scenario gets the store that it opened itself. */
export const scenarios: readonly Scenario<FaultyStore>[] = [
  killedReplica,
  frozenReplica,
  rollingRestart,
  restartedRedis,
  killedRedis,
  frozenRedis,
  killedJournal,
  failover,
  lostMaster,
  movingSlots,
  blackhole,
  ...forwarding,
];
