import { strict as assert } from 'node:assert';
import type { EmbeddedStore } from '../../../src/store/embedded/store';
import { StoreUnavailableError } from '../../../src/store/ports/errors';
import { anEvent, claimAll } from './builders';

/** Each body is filled with the length of its id, so that whoever reads it can tell that it is whole. */
function bodyOf(bodyId: string, length: number): Buffer {
  return Buffer.alloc(length, bodyId.length);
}

/** Appends until it is refused; the bodies that were taken. */
export async function fill(store: EmbeddedStore, round: number): Promise<string[]> {
  const taken: string[] = [];
  for (let number = 0; number < 5_000; number++) {
    const bodyId = `r${round}-${number}`;
    try {
      await store.inbox.append(anEvent(bodyId, { body: bodyOf(bodyId, 20_000) }));
      taken.push(bodyId);
    } catch (error) {
      assert.ok(error instanceof StoreUnavailableError);
      return taken;
    }
  }
  throw new Error('it never filled');
}

/** Works off all that waits, and answers with the bodies' ids in order. */
export async function settleAll(store: EmbeddedStore): Promise<string[]> {
  const done: string[] = [];
  for (;;) {
    const entries = await claimAll(store, { direct: 100 });
    if (entries.length === 0) return done;
    for (const { bodyId, body } of entries) {
      assert.ok(body.equals(bodyOf(bodyId, body.length)), `the body of ${bodyId} is not whole`);
      done.push(bodyId);
    }
    await store.inbox.settle(entries.map(({ id, bodyId }) => ({ id, bodyId, pending: [] })));
  }
}

/** What readiness does, again and again: nothing else tells the store that there is room. */
export async function appendWhenThereIsRoom(store: EmbeddedStore, bodyId: string): Promise<void> {
  for (;;) {
    try {
      await store.inbox.append(anEvent(bodyId, { body: bodyOf(bodyId, 10) }));
      return;
    } catch (error) {
      assert.ok(error instanceof StoreUnavailableError);
      await store.health();
    }
  }
}
