/*
 * Open this file first: it builds the embedded store. `core.ts` opens what the parts share. `disk/` is the file and everything that writes
 * to it, `inbox/`, `waiting/`, `marks/`, `devices/` and `traces/` are the ports of those names. The other ports are one file
 * each in this folder (`badge-share.ts` is a part of `badges.ts`). `own-file.ts` opens a file that must be the relay's own.
 */

import { Deadlines } from '../../shared/deadlines';
import { once } from '../once';
import type { DeadLetterBounds } from '../ports/dead-letters';
import type { Store } from '../ports/store';
import { usualTraceBounds, type TraceBounds } from '../ports/traces';
import { UnreadDevices } from '../unread-devices';
import { EmbeddedBadges } from './badges';
import { Core, type CoreOptions } from './core';
import { EmbeddedDeadLetters } from './dead-letters';
import { EmbeddedDevices } from './devices/devices';
import { EmbeddedDuplicateMarks } from './marks/duplicate-marks';
import { EmbeddedGivenNames } from './given-names';
import { EmbeddedParked } from './waiting/parked';
import { EmbeddedPersonRecords } from './person-records';
import { EmbeddedPreferences } from './preferences';
import { EmbeddedPresence } from './presence';
import { EmbeddedProfiles } from './profiles';
import { EmbeddedRecipients } from './recipients';
import { EmbeddedRetries } from './waiting/retries';
import { EmbeddedSharedState } from './shared-state';
import type { StoreContext } from './disk/store-file';
import { Sweeper } from './disk/sweeper';
import { EmbeddedTraces } from './traces/traces';

export interface EmbeddedStoreOptions extends CoreOptions {
  readonly deadLetters: DeadLetterBounds;
  /** Default: a day, 256 MiB. */
  readonly traces?: TraceBounds;
}

export interface EmbeddedStore extends Store {
  /** Removes a slice of all that has expired; resolves with how many rows. It runs by itself, too. */
  sweep(): Promise<number>;
}

/**
 * The whole store in one LMDB file under `directory`, for one process.
 * Throws StoreConfigurationError: directory or file unusable, held by another process, or written by a newer version;
 * StoreUnavailableError: the disk is full or fails.
 */
export async function openEmbeddedStore(
  options: EmbeddedStoreOptions,
  context: StoreContext,
): Promise<EmbeddedStore> {
  const core = await Core.open(options, context);
  return core.file.environment.together(() => build(core, options, context));
}

function build(core: Core, options: EmbeddedStoreOptions, context: StoreContext): EmbeddedStore {
  const { bodies, pending, inbox, time } = core;
  const { environment, writer, counters } = core.file;
  const { clock, logger } = context;
  const unreadDevices = new UnreadDevices(logger);
  const bounded = { environment, writer, counters, clock };
  const believed = new Deadlines(clock, Promise.resolve(time.lastWallMs));
  const deadLetters = new EmbeddedDeadLetters({
    ...bounded,
    believed,
    bounds: options.deadLetters,
  });
  const duplicateMarks = new EmbeddedDuplicateMarks({ environment, writer, time });
  inbox.takeMarksFrom(duplicateMarks);
  const devices = new EmbeddedDevices({ environment, writer, counters, unreadDevices });
  const preferences = new EmbeddedPreferences(environment, writer);
  const sharedState = new EmbeddedSharedState({ environment, writer, time });
  const traces = new EmbeddedTraces({ ...bounded, believed, bounds: options.traces ?? usualTraceBounds });
  const sweeps = [
    () => duplicateMarks.sweep(),
    () => sharedState.sweep(),
    () => deadLetters.sweep(),
    () => traces.sweep(),
  ];
  const sweeper = new Sweeper(sweeps, logger);
  sweeper.start();
  return {
    inbox,
    retries: new EmbeddedRetries({ writer, counters, bodies, pending, clock, logger }),
    parked: new EmbeddedParked({ writer, counters, bodies, pending, clock }),
    deadLetters,
    duplicateMarks,
    devices,
    profiles: new EmbeddedProfiles(environment, writer),
    givenNames: new EmbeddedGivenNames(environment, writer),
    preferences,
    recipients: new EmbeddedRecipients(devices, preferences),
    badges: new EmbeddedBadges(environment, writer),
    personRecords: new EmbeddedPersonRecords(environment),
    presence: new EmbeddedPresence(environment, writer),
    sharedState,
    traces,
    health: async () => [...(await core.health()), ...unreadDevices.findings()],
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
