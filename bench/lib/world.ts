import { join } from 'node:path';
import type { BenchStore, StoreKind } from './bench-store';
import type { Measurement } from './measurement';
import { leaveFirst } from './processors';
import { Providers } from './providers';
import { RelayUnderTest, type RelayTestOptions } from './relay-under-test';
import { Sdk } from './sdk';

export interface WorldOptions {
  readonly runs: number;
  /** A tenth of the work: shows that it works, and little more. */
  readonly isShort: boolean;
  /** A directory for CPU profiles of the relay; null: none. */
  readonly profileTo: string | null;
  /** The measured process gets a processor of its own. */
  readonly pins: boolean;
  readonly stores: readonly StoreKind[];
}

/** What all scenarios share: the providers, the senders that the relay is compared with, and the yardstick. */
export class World {
  /** CPU µs of each `@parse/node-apn` run so far. */
  readonly yardsticks: number[] = [];
  /** The name of the one that is playing: profiles are filed under it. */
  scenario = '';

  private constructor(
    readonly options: WorldOptions,
    readonly providers: Providers,
    readonly sdk: Sdk,
  ) {}

  static async create(options: WorldOptions): Promise<World> {
    if (options.pins) leaveFirst();
    const providers = await Providers.start();
    const sdk = await Sdk.start(providers.env, options.pins);
    const world = new World(options, providers, sdk);
    // node-apn sends its first pushes before the server has said how many it takes, and loses them.
    await sdk.run('apn-send', 1);
    await sdk.run('apn-send', world.scaled(20_000));
    return world;
  }

  scaled(count: number): number {
    return this.options.isShort ? Math.max(1, Math.round(count / 10)) : count;
  }

  /** CPU µs of one `send` of node-apn right now: machines slow down and recover within minutes. */
  async yardstick(): Promise<number> {
    this.providers.order({ kind: 'behave', latencyMs: 0, takesStamps: false });
    const { cpuMicros } = await this.sdk.run('apn-send', this.scaled(20_000));
    this.yardsticks.push(cpuMicros);
    return cpuMicros;
  }

  startRelay(
    store: BenchStore,
    options: Partial<
      Pick<RelayTestOptions, 'providersYaml' | 'deliveryYaml' | 'webhookYaml' | 'appsYaml' | 'watchesLoop'>
    > = {},
  ): Promise<RelayUnderTest> {
    const { profileTo, pins } = this.options;
    return RelayUnderTest.start({
      ...options,
      env: this.providers.env,
      store,
      profileTo: profileTo === null ? null : join(profileTo, this.scenario, store.kind),
      pins,
    });
  }

  close(): void {
    this.sdk.stop();
    this.providers.stop();
  }
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly run: (world: World) => Promise<readonly Measurement[]>;
}
