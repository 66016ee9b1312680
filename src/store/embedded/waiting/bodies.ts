import type { Batch } from '../disk/batch';
import type { Environment, Table } from '../disk/environment';
import { textKey } from '../disk/keys';
import { decodeNumber, encodeNumber } from '../disk/value-codec';

/**
 * Bodies that more than one row refers to, and how many do: entries of a split event, retries, parked deliveries.
 * The body of an event with one entry stands in that entry, and moves here only when a delivery of it has to wait.
 */
export class Bodies {
  readonly #bodies: Table;
  readonly #references: Table;

  constructor(environment: Environment) {
    this.#bodies = environment.table('bodies');
    this.#references = environment.table('body-references');
  }

  get(bodyId: string): Buffer | undefined {
    return this.#bodies.get(textKey(bodyId));
  }

  /** Collects the changes of one atomic step. */
  edit(): BodyEdit {
    return new BodyEdit(this.#bodies, this.#references);
  }
}

/** Reference counts change once a step and body, however often the step changes them. */
export class BodyEdit {
  readonly #changes = new Map<string, { delta: number; body: Buffer | null }>();
  readonly #bodies: Table;
  readonly #references: Table;

  constructor(bodies: Table, references: Table) {
    this.#bodies = bodies;
    this.#references = references;
  }

  /** `body` is stored if there is none yet; null: it must be there. False when it is not: nothing was added. */
  retain(bodyId: string, count: number, body: Buffer | null): boolean {
    const change = this.#changes.get(bodyId);
    if (change !== undefined) {
      change.delta += count;
      change.body ??= body;
      return true;
    }
    if (body === null && this.#references.get(textKey(bodyId)) === undefined) return false;
    this.#changes.set(bodyId, { delta: count, body });
    return true;
  }

  release(bodyId: string): void {
    const change = this.#changes.get(bodyId);
    if (change !== undefined) change.delta -= 1;
    else this.#changes.set(bodyId, { delta: -1, body: null });
  }

  write(batch: Batch): void {
    for (const [bodyId, { delta, body }] of this.#changes) {
      const key = textKey(bodyId);
      const stored = this.#references.get(key);
      const total = (stored === undefined ? 0 : decodeNumber(stored)) + delta;
      if (total > 0) {
        if (stored === undefined && body !== null) batch.put(this.#bodies, key, body);
        if (delta !== 0) batch.put(this.#references, key, encodeNumber(total));
      } else if (stored !== undefined) {
        batch.remove(this.#bodies, key);
        batch.remove(this.#references, key);
      }
    }
    this.#changes.clear();
  }
}
