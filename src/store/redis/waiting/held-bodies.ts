import type { Lane } from '../../../domain/lane';
import { parseEntryId } from './entry-id';

/** Entries that their holder never ended are few; they must not gather all the same. */
const mostHeld = 100_000;

/**
 * Which claimed entry carries a body in itself: a delivery of it that has to wait before the entry is settled takes the
 * body from there.
 */
export class HeldBodies {
  readonly #entryOf = new Map<string, string>();
  readonly #bodyOf = new Map<string, string>();

  hold(entryId: string, bodyId: string): void {
    const oldest = this.#bodyOf.size < mostHeld ? undefined : this.#bodyOf.keys().next().value;
    if (oldest !== undefined) this.forget(oldest);
    this.#entryOf.set(bodyId, entryId);
    this.#bodyOf.set(entryId, bodyId);
  }

  forget(entryId: string): void {
    const bodyId = this.#bodyOf.get(entryId);
    if (bodyId === undefined) return;
    this.#bodyOf.delete(entryId);
    if (this.#entryOf.get(bodyId) === entryId) this.#entryOf.delete(bodyId);
  }

  placeOf(bodyId: string): { readonly lane: Lane; readonly streamId: string } | null {
    const id = this.#entryOf.get(bodyId);
    return id === undefined ? null : parseEntryId(id);
  }
}
