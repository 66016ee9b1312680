import type { Presence, PresenceChange, PresenceFlag } from '../../domain/presence';
import type { PresenceStore } from '../ports/presence';
import { asPromise } from './disk/as-promise';
import type { Batch } from './disk/batch';
import type { Environment, Table } from './disk/environment';
import { textKey } from './disk/keys';
import { decodeJson, encodeJson } from './disk/value-codec';
import type { Writer } from './disk/writer';

/** The event loop stands still while a transaction is filled: some 3 ms for this many. */
const changesAtOnce = 256;

export class EmbeddedPresence implements PresenceStore {
  readonly #table: Table;
  readonly #writer: Writer;

  constructor(environment: Environment, writer: Writer) {
    this.#writer = writer;

    this.#table = environment.table('presence');
  }

  async apply(changes: readonly PresenceChange[], atMs: number): Promise<void> {
    for (let from = 0; from < changes.length; from += changesAtOnce) {
      const slice = changes.slice(from, from + changesAtOnce);
      await this.#writer.run((batch) => this.#write(batch, slice, atMs), 'grow');
    }
  }

  #write(batch: Batch, changes: readonly PresenceChange[], atMs: number): void {
    const presences = new Map<string, Presence | null>();
    for (const change of changes) {
      const before = presences.get(change.uid) ?? this.#read(change.uid);
      presences.set(change.uid, changed(before, change, atMs));
    }
    for (const [uid, presence] of presences) batch.put(this.#table, textKey(uid), encodeJson(presence));
  }

  getMany(uids: readonly string[]): Promise<readonly (Presence | null)[]> {
    return asPromise(() => uids.map((uid) => this.#read(uid)));
  }

  async eraseUser(uid: string): Promise<void> {
    await this.#writer.run((batch) => batch.remove(this.#table, textKey(uid)));
  }

  #read(uid: string): Presence | null {
    const bytes = this.#table.get(textKey(uid));
    return bytes === undefined ? null : decodeJson<Presence>(bytes);
  }
}

/** The counts of the event outrank what was known: when no connection of other flags is left, theirs are zero. */
function changed(before: Presence | null, change: PresenceChange, atMs: number): Presence {
  const connections = Math.max(0, change.connections);
  const othersLeft = change.total - connections > 0;
  const flags: PresenceFlag[] = (before?.flags ?? [])
    .filter(({ deviceFlag }) => deviceFlag !== change.deviceFlag)
    .map((flag) =>
      othersLeft || flag.connections === 0 ? flag : { ...flag, connections: 0, changedAtMs: atMs },
    );
  const known = before?.flags.find(({ deviceFlag }) => deviceFlag === change.deviceFlag);
  flags.push(
    known?.connections === connections
      ? known
      : { deviceFlag: change.deviceFlag, connections, changedAtMs: atMs },
  );
  flags.sort((one, other) => one.deviceFlag - other.deviceFlag);
  return { flags, lastSeenAtMs: atMs };
}
