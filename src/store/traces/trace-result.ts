import type { TraceStep } from '../ports/traces';

/**
 * What is decided on a recipient after one more step: the last decision; but that a message came once more does not undo what became
 * of it before. `received`: nobody has decided yet.
 */
export function resultAfter(result: string, { step, deviceId, reason }: TraceStep): string {
  if (deviceId !== null) return result === 'received' ? 'pushed' : result;
  if (step === 'dead') return 'too_late';
  if (step === 'planned') return 'pushed';
  if (step !== 'skipped') return result;
  return reason === 'duplicate' && result !== 'received' ? result : (reason ?? 'skipped');
}
