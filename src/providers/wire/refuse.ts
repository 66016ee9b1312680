import type { Delivery } from '../../domain/notification';
import type { Outcome } from '../../domain/outcome';
import type { Settle } from '../provider';

/**
 * Settles a delivery that is not sent at all, once `send` has returned: a caller that sends the next one when one is settled
 * would otherwise call itself thousands of times deep.
 */
export function refuse<D extends Delivery>(
  delivery: D,
  reason: string,
  blame: Extract<Outcome, { kind: 'refused_locally' }>['blame'],
  settle: Settle<D>,
): void {
  queueMicrotask(() => settle(delivery, { kind: 'refused_locally', reason, blame }));
}
