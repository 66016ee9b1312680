import { closeConnections, registerApns } from './client';
import { Fakes } from './fakes';
import type { RelayProcess, RelayProcessOptions } from './relay-process';

export interface PhoneScene {
  readonly fakes: Fakes;
  readonly relay: RelayProcess;
  /** Whose iPhone it is. */
  readonly uid: string;
}

export interface PhoneEachOptions {
  /** Asked once the store runs. */
  readonly relay: () => RelayProcessOptions;
  /** What uids begin with. */
  readonly name: string;
  readonly prepare?: (relay: RelayProcess) => Promise<unknown>;
}

/** Fakes and a relay for the tests of a describe, and for each test a user of its own with an iPhone, of which `given` is told. */
export function withPhoneEach(options: PhoneEachOptions, given: (scene: PhoneScene) => void): void {
  let fakes: Fakes;
  let relay: RelayProcess;
  let users = 0;

  beforeAll(async () => {
    fakes = await Fakes.start();
    relay = await fakes.startRelay(options.relay());
    await options.prepare?.(relay);
  });

  afterAll(async () => {
    closeConnections();
    await relay.stop();
    await fakes[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    fakes.sandbox.reset();
    users += 1;
    const uid = `${options.name}${users}`;
    await registerApns(relay.url, uid);
    given({ fakes, relay, uid });
  });
}
