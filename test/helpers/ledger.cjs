'use strict';

/**
 * What the relay has begun to send and not yet durably settled, delivery by delivery, seen from outside of it.
 *
 * A delivery is open (handed to its provider) → answered → gone from here, when the store says that its end is durable:
 * the entry's settlement, the entry's progress with the recipient's bit, or for one that waited, the retry's settlement.
 */
class Ledger {
  constructor() {
    this.deliveries = new Map();
    this.byRecipient = new Map();
    this.entries = new Map();
    /** Entries whose end was handed to the store, which has not answered. */
    this.ending = new Set();
    this.leases = new Set();
    this.begunInAll = 0;
    /** Attempts that the provider may have taken though it did not answer. */
    this.ambiguousInAll = 0;
    /** When deliveries were settled, newest last; those of the last second at least. */
    this.settledAtMs = [];
    this.settledInAll = 0;
    /** Begun and not settled when their entry turned out to be another holder's. */
    this.lapsedInAll = 0;
    /** Writes of ends and progress, as { startedAt, tookMs }; null while it is not answered. Those of the last second at least. */
    this.writes = [];
  }

  /** Returns what to call when the store has answered. */
  writing() {
    const write = { startedAt: performance.now(), tookMs: null };
    this.writes.push(write);
    if (this.writes.length >= 20_000) this.writes.splice(0, 10_000);
    return () => {
      write.tookMs = performance.now() - write.startedAt;
    };
  }

  /** Of the last second, what is under way included. */
  slowestWriteMs() {
    const now = performance.now();
    let slowest = 0;
    for (const { startedAt, tookMs } of this.writes) {
      const endedAt = tookMs === null ? now : startedAt + tookMs;
      if (endedAt >= now - 1_000) slowest = Math.max(slowest, endedAt - startedAt);
    }
    return slowest;
  }

  claimed(entry) {
    const { message } = JSON.parse(entry.body.toString('utf8'));
    this.entries.set(entry.id, {
      messageId: message.messageId,
      recipients: entry.recipients,
      owned: new Set(),
    });
  }

  /** Only the entry that holds a recipient's mark speaks for it: a second copy of the message ends without a send. */
  marked(requests, mine, entryId) {
    const entry = this.entries.get(entryId);
    requests.forEach(({ uid }, index) => {
      if (mine[index]) entry.owned.add(uid);
    });
  }

  leased(id) {
    this.leases.add(id);
  }

  begun(delivery, messageId) {
    const { id, uid } = delivery;
    this.begunInAll += 1;
    this.deliveries.set(id, { state: 'open', waited: this.leases.has(id) });
    const recipient = `${messageId} ${uid}`;
    const ids = this.byRecipient.get(recipient);
    if (ids === undefined) this.byRecipient.set(recipient, new Set([id]));
    else ids.add(id);
  }

  answered(id, outcome) {
    if (outcome.kind === 'unavailable' && outcome.ambiguous) this.ambiguousInAll += 1;
    const delivery = this.deliveries.get(id);
    if (delivery !== undefined) delivery.state = 'answered';
  }

  entrySettled(entryId) {
    const entry = this.entries.get(entryId);
    if (entry === undefined) return;
    for (const uid of entry.owned) this.recipientSettled(entry, uid);
    this.entries.delete(entryId);
  }

  renewed(claims, lost) {
    // An entry whose end is being written is no longer held as well.
    for (const id of lost) if (!this.ending.has(id)) this.lapsed(this.entries.get(id));
    for (const { id, progress } of claims) {
      const entry = this.entries.get(id);
      if (progress === null || entry === undefined || lost.includes(id)) continue;
      entry.recipients.forEach((uid, index) => {
        const isDone = ((progress[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
        if (isDone && entry.owned.has(uid)) this.recipientSettled(entry, uid);
      });
    }
  }

  lapsed(entry) {
    for (const uid of entry?.owned ?? [])
      for (const id of this.byRecipient.get(`${entry.messageId} ${uid}`) ?? [])
        if (this.deliveries.has(id)) this.lapsedInAll += 1;
  }

  recipientSettled(entry, uid) {
    const recipient = `${entry.messageId} ${uid}`;
    for (const id of this.byRecipient.get(recipient) ?? []) {
      // One that waits in the store meanwhile ends there.
      if (this.deliveries.get(id)?.waited) continue;
      this.remove(id);
    }
    this.byRecipient.delete(recipient);
  }

  retrySettled(id) {
    this.leases.delete(id);
    if (this.deliveries.get(id)?.waited) this.remove(id);
  }

  remove(id) {
    if (!this.deliveries.delete(id)) return;
    this.settledInAll += 1;
    this.settledAtMs.push(Date.now());
    if (this.settledAtMs.length >= 20_000) this.settledAtMs.splice(0, 10_000);
  }

  summary() {
    let open = 0;
    for (const { state } of this.deliveries.values()) if (state === 'open') open += 1;
    const aSecondAgo = Date.now() - 1_000;
    return {
      atMs: Date.now(),
      slowestWriteMs: this.slowestWriteMs(),
      begun: this.begunInAll,
      open,
      answered: this.deliveries.size - open,
      ambiguous: this.ambiguousInAll,
      settled: this.settledInAll,
      lapsed: this.lapsedInAll,
      settledLastSecond: this.settledAtMs.filter((atMs) => atMs >= aSecondAgo).length,
    };
  }
}

module.exports = { Ledger };
