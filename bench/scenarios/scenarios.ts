import type { Scenario } from '../lib/world';
import { group } from './group';
import { intake } from './intake';
import { message } from './message';
import { sdk, transport } from './sdk';

export const scenarios: readonly Scenario[] = [sdk, transport, intake, message, group];
