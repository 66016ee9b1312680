import type { DeadLetterBounds } from '../ports/dead-letters';
import type { Inbox } from '../ports/inbox';
import type { Store, StoreFinding } from '../ports/store';
import { Core, type CoreOptions, type StoreContext } from './core';
import { EmbeddedDeadLetters } from './dead-letters';
import { EmbeddedDevices } from './devices/devices';
import { EmbeddedDuplicateMarks } from './marks/duplicate-marks';
import { EmbeddedParked } from './waiting/parked';
import { EmbeddedBadges, EmbeddedPreferences, EmbeddedProfiles } from './people';
import { EmbeddedPresence } from './presence';
import { EmbeddedRetries } from './waiting/retries';
import { EmbeddedSharedState } from './shared-state';
import { Sweeper } from './disk/sweeper';

export interface EmbeddedStoreOptions extends CoreOptions {
  readonly deadLetters: DeadLetterBounds;
}

export interface EmbeddedStore extends Store {
  /** Removes a slice of all that has expired; resolves with how many rows. It runs by itself, too. */
  sweep(): Promise<number>;
}

/**
 * The whole store in one LMDB file under `directory`, for one process.
 * Throws StoreConfigurationError: directory or file unusable, held by another process, or written by a newer version.
 */
export async function openEmbeddedStore(
  options: EmbeddedStoreOptions,
  context: StoreContext,
): Promise<EmbeddedStore> {
  const core = await Core.open(options, context);
  const { environment, writer, counters, bodies, pending, inbox, time } = core;
  const { clock, logger } = context;
  const deadLetters = new EmbeddedDeadLetters({
    environment,
    writer,
    counters,
    clock,
    bounds: options.deadLetters,
  });
  const duplicateMarks = new EmbeddedDuplicateMarks({ environment, writer, time });
  inbox.takeMarksFrom(duplicateMarks);
  const sharedState = new EmbeddedSharedState({ environment, writer, time });
  const sweeps = [() => duplicateMarks.sweep(), () => sharedState.sweep(), () => deadLetters.sweep()];
  const sweeper = new Sweeper(sweeps, logger);
  sweeper.start();
  return {
    inbox,
    retries: new EmbeddedRetries({ writer, counters, bodies, pending, logger }),
    parked: new EmbeddedParked({ writer, counters, bodies, pending, clock }),
    deadLetters,
    duplicateMarks,
    devices: new EmbeddedDevices({ environment, writer, counters }),
    profiles: new EmbeddedProfiles(environment, writer),
    preferences: new EmbeddedPreferences(environment, writer),
    badges: new EmbeddedBadges(environment, writer),
    presence: new EmbeddedPresence(environment, writer),
    sharedState,
    health: () => core.health(),
    latestTimeMs: () => Promise.resolve(time.lastWallMs),
    sweep: async () =>
      (await Promise.all(sweeps.map((sweep) => sweep()))).reduce((sum, removed) => sum + removed, 0),
    close: once(async () => {
      await sweeper.stop();
      await core.close();
    }),
    halt: () => writer.halt(),
  };
}

/** An inbox alone, for a journal: the same file format, nothing swept, and ends written at once, since a drain waits for them. */
export interface StandaloneInbox {
  readonly inbox: Inbox;
  /** Pages that hold live rows. */
  usedBytes(): number;
  health(): Promise<readonly StoreFinding[]>;
  close(): Promise<void>;
  /** See Store. */
  halt(): Promise<void>;
}

export async function openEmbeddedInbox(
  options: CoreOptions,
  context: StoreContext,
): Promise<StandaloneInbox> {
  const core = await Core.open({ ...options, patienceMs: 0 }, context);
  return {
    inbox: core.inbox,
    usedBytes: () => core.environment.usedBytes(),
    health: () => core.health(),
    close: once(() => core.close()),
    halt: () => core.writer.halt(),
  };
}

function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null;
  return () => (done ??= action());
}
