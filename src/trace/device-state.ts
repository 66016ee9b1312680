import { heldByStorm } from '../domain/pending-delivery';
import type { DropReason } from '../domain/recipient-result';
import type { TraceStep } from '../store/ports/traces';

/**
 * What became of a message on one device.
 *
 * - accepted: the provider took it. waiting: it is tried again, or under way. parked: it waits for a paused credential.
 * - forgotten: the device token is dead, or the device is gone. suspended: the device was rejected too often.
 * - rejected: the provider will never take it. dead_letter: the relay gave it up.
 * - summarized: the storm limits held it back, or a later message took its place. skipped: a rule kept it from this device.
 */
export const deviceStates = [
  'accepted',
  'waiting',
  'parked',
  'forgotten',
  'suspended',
  'rejected',
  'dead_letter',
  'summarized',
  'skipped',
] as const;

export type DeviceState = (typeof deviceStates)[number];

/** `steps`: all of one device, in their order. */
export function stateOf(steps: readonly TraceStep[]): DeviceState {
  let state: DeviceState = 'waiting';
  let refusal: string | null = null;
  for (const step of steps) {
    if (step.step === 'answered') {
      const isRefused = step.outcome === 'rejected' || step.outcome === 'refused_locally';
      refusal = isRefused ? step.reason : null;
    }
    state = stateAfter(step, state, refusal);
  }
  return state;
}

function stateAfter(
  { step, outcome, reason }: TraceStep,
  before: DeviceState,
  refusal: string | null,
): DeviceState {
  switch (step) {
    case 'answered':
      return outcome === 'accepted' ? 'accepted' : 'waiting';
    case 'waiting':
      return reason === heldByStorm ? 'summarized' : 'waiting';
    case 'parked':
      return 'parked';
    case 'dead':
      return refusal !== null && reason === refusal ? 'rejected' : 'dead_letter';
    case 'skipped':
    case 'dropped':
      if (reason === notRetried && refusal !== null) return 'rejected';
      return unsent[reason ?? ''] ?? 'skipped';
    case 'received':
    case 'planned':
      return before;
    default:
      return step satisfies never;
  }
}

/** Each reason has its state, so that a new one does not compile without. */
const stateOfReason: Readonly<Record<DropReason, DeviceState>> = {
  forgotten: 'forgotten',
  device_gone: 'forgotten',
  suspended: 'suspended',
  superseded: 'summarized',
  read: 'skipped',
  not_retried: 'dead_letter',
  storm: 'summarized',
  sender: 'skipped',
  hidden: 'skipped',
  muted: 'skipped',
  quiet_hours: 'skipped',
  online: 'skipped',
  duplicate: 'skipped',
  expired: 'skipped',
  command: 'skipped',
  not_persisted: 'skipped',
  not_pushed_type: 'skipped',
  recalled: 'skipped',
};

const notRetried: DropReason = 'not_retried';

/** What a store kept may be of another version. */
const unsent: Readonly<Record<string, DeviceState | undefined>> = stateOfReason;
