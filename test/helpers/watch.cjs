'use strict';

/** `target` with some of its methods replaced; the others keep their `this`. */
function override(target, methods) {
  return new Proxy(target, {
    get(object, name) {
      const value = methods[name] ?? object[name];
      return typeof value === 'function' ? value.bind(object) : value;
    },
  });
}

/**
 * What a relay is created with (`decorateStore`, `decorateProvider`) so that a ledger knows what it has begun and not
 * settled. `pass` is called at named points of its work:
 *
 * append: an event is durable, its 200 is not written yet.
 * mark:   the duplicate marks of an entry are durable (with it, or claimed later), none of its deliveries was sent yet.
 * answer: a provider has answered, and nobody has heard of it yet.
 * settle: the end of an entry was handed to the store, which has not said yet that it is durable.
 */
function watch(ledger, pass = () => {}) {
  return {
    decorateStore: (store) => watchStore(store, ledger, pass),
    decorateProvider: (provider) => watchProvider(provider, ledger, pass),
  };
}

function watchStore(store, ledger, pass) {
  const { inbox, duplicateMarks, retries } = store;
  return {
    ...store,
    inbox: override(inbox, {
      async append(event) {
        await inbox.append(event);
        pass('append');
      },
      async claim(...args) {
        const entries = await inbox.claim(...args);
        for (const entry of entries) {
          ledger.claimed(entry);
          if (!entry.marksHeld) continue;
          ledger.marked(
            entry.recipients.map((uid) => ({ uid })),
            entry.recipients.map(() => true),
            entry.id,
          );
          pass('mark');
        }
        return entries;
      },
      async renew(claims) {
        const written = ledger.writing();
        const lost = await inbox.renew(claims);
        written();
        ledger.renewed(claims, lost);
        return lost;
      },
      async settle(settlements) {
        const written = ledger.writing();
        for (const { id } of settlements) ledger.ending.add(id);
        const settled = inbox.settle(settlements).finally(() => {
          for (const { id } of settlements) ledger.ending.delete(id);
        });
        pass('settle');
        await settled;
        written();
        for (const { id } of settlements) ledger.entrySettled(id);
      },
    }),
    duplicateMarks: override(duplicateMarks, {
      async claim(requests, entryId, ttlMs) {
        const mine = await duplicateMarks.claim(requests, entryId, ttlMs);
        ledger.marked(requests, mine, entryId);
        pass('mark');
        return mine;
      },
    }),
    retries: override(retries, {
      async claimDue(...args) {
        const claimed = await retries.claimDue(...args);
        for (const { pending } of claimed) ledger.leased(pending.id);
        return claimed;
      },
      async settle(settlements) {
        await retries.settle(settlements);
        for (const { pending } of settlements) ledger.retrySettled(pending.id);
      },
    }),
  };
}

function watchProvider(provider, ledger, pass) {
  return override(provider, {
    send(notification, deliveries, settle) {
      for (const delivery of deliveries) ledger.begun(delivery, notification.conversation.messageId);
      provider.send(notification, deliveries, (delivery, outcome) => {
        ledger.answered(delivery.id, outcome);
        pass('answer');
        settle(delivery, outcome);
      });
    },
  });
}

module.exports = { watch };
