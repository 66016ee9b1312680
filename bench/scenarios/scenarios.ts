import type { Scenario } from '../lib/world';
import { fairness } from './fairness';
import { forwarding } from './forwarding';
import { group } from './group';
import { intake } from './intake';
import { latency } from './latency';
import { memory } from './memory';
import { message } from './message';
import { sdk, transport, webPush } from './sdk';
import { slowProvider } from './slow-provider';
import { stall } from './stall';
import { vendors } from './vendors';

export const scenarios: readonly Scenario[] = [
  sdk,
  transport,
  webPush,
  intake,
  forwarding,
  message,
  group,
  vendors,
  slowProvider,
  memory,
  stall,
  latency,
  fairness,
];
