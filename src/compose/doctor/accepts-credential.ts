import type { Outcome } from '../../domain/outcome';

/** A provider judges a device token only after it has accepted the credential. */
export function acceptsCredential(outcome: Outcome): boolean {
  switch (outcome.kind) {
    case 'accepted':
    case 'unregistered':
      return true;
    case 'rejected':
      return outcome.blame !== 'payload';
    default:
      return false;
  }
}
