import type { ReplayReport, ReplayRequest } from '../domain/dead-letter-replay';
import { performance, type EventLoopUtilization } from 'node:perf_hooks';
import type { WorkBody } from '../domain/body';
import type { Clock, Random } from '../domain/clock';
import type { Logger } from '../domain/logger';
import type { DeliveryEvents } from '../observability/delivery-events';
import type { Provider } from '../providers/provider';
import type { Store } from '../store/ports/store';
import { BulkPace } from './routes/bulk-pace';
import { Consumer } from './inbox/consumer';
import { DeadLetterWriter } from './send/dead-letter-writer';
import { replayDeadLetters } from './upkeep/dead-letter-replay';
import { Deadlines } from './plan/deadlines';
import { DeviceExpiry } from './upkeep/device-expiry';
import { DeviceHygiene } from './send/device-hygiene';
import { Dispatcher } from './send/dispatcher';
import { EntryWorker } from './inbox/entry-worker';
import { FanOut } from './plan/fan-out';
import type { DeliveryOptions } from './options';
import { RateBudget, type RateOptions } from './routes/rate-budget';
import { Renderer, type RenderDefaults } from './plan/renderer';
import { RetryPump } from './waiting/retry-pump';
import { RoutePauses } from './routes/route-pauses';
import { Routes } from './routes/routes';
import { Settler } from './send/settler';
import { StormGuard, type StormOptions } from './plan/storm-guard';
import { sendTestPush, type TestPushResult } from './upkeep/test-push';
import { Works } from './plan/work';

export interface DeliveryContext {
  readonly options: DeliveryOptions;
  readonly renderDefaults: RenderDefaults;
  readonly directLaneMax: number;
  readonly entryMaxRecipients: number;
  readonly deviceExpireAfterMs: number;
  /** Null: no limits. */
  readonly storm: StormOptions | null;
  /** The provider's quota of messages a minute; null: none. */
  readonly rateOf: (provider: Provider) => (RateOptions & { readonly name: string }) | null;
  readonly store: Store;
  readonly providers: readonly Provider[];
  readonly events: DeliveryEvents;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
}

/** The whole way from the inbox to settled, as one thing to start and stop. */
export class Delivery {
  readonly routes: Routes;
  readonly #works: Works;
  readonly #dispatcher: Dispatcher;
  readonly #settler: Settler;
  readonly #hygiene: DeviceHygiene;
  readonly #consumer: Consumer;
  readonly #pump: RetryPump;
  readonly #expiry: DeviceExpiry;

  constructor(private readonly context: DeliveryContext) {
    const { options, store, logger } = context;
    const { events, clock, random } = context;
    const deadlines = new Deadlines(clock, store.latestTimeMs?.());
    const shared = { options, events, clock, random, deadlines };
    const { devices, duplicateMarks, profiles, inbox, retries, parked, sharedState } = store;
    const pace = new BulkPace(options.directPerBulk, { clock, utilization: utilizationSinceLast() });
    const quotaOf = (provider: Provider, refilled: () => void) => this.#quotaOf(provider, refilled);
    const routes = new Routes(context.providers, options, quotaOf, pace);
    const pauses = new RoutePauses({
      sharedState,
      probeIntervalMs: options.credentialProbeIntervalMs,
      events,
      clock,
    });
    const hygiene = new DeviceHygiene({ ...shared, devices, sharedState });
    const settler = new Settler({ ...shared, routes, pauses, hygiene });
    const dispatcher = new Dispatcher({ ...shared, routes, settler });
    const works = new Works(options);
    const renderer = new Renderer(context.renderDefaults);
    const storm = context.storm === null ? null : new StormGuard(context.storm, clock);
    const fanOut = new FanOut({ ...shared, routes, devices, duplicateMarks, profiles, renderer, storm });
    const bodyBytes = options.deadLetterBodyBytes;
    const deadLetters = new DeadLetterWriter({
      ...shared,
      devices,
      deadLetters: store.deadLetters,
      bodyBytes,
    });
    const worker = new EntryWorker({ ...shared, works, fanOut, dispatcher, deadLetters });
    this.routes = routes;
    this.#works = works;
    this.#dispatcher = dispatcher;
    this.#settler = settler;
    this.#hygiene = hygiene;
    this.#consumer = new Consumer({ ...shared, inbox, worker, pace });
    const waiting = { retries, parked, devices };
    this.#pump = new RetryPump({
      ...shared,
      ...waiting,
      works,
      fanOut,
      dispatcher,
      deadLetters,
      routes,
      pauses,
    });
    this.#expiry = new DeviceExpiry({
      devices,
      deadlines,
      logger,
      expireAfterMs: context.deviceExpireAfterMs,
    });
  }

  start(): void {
    this.#pump.start();
    this.#consumer.start();
    this.#expiry.start();
  }

  /** Pushes at the providers now. */
  get inFlight(): number {
    return this.#dispatcher.inFlight;
  }

  /** Takes no new work, lets what is in flight finish until the drain's deadline, leaves the rest to the store. */
  async stop(): Promise<void> {
    const { clock, options } = this.context;
    const deadlineMs = clock.monotonicMs() + options.drainMs;
    await Promise.all([this.#pump.stop(), this.#expiry.stop()]);
    await this.#consumer.stop(options.drainMs);
    await within(
      Math.max(0, Math.min(options.drainMs, deadlineMs - clock.monotonicMs())),
      this.#dispatcher.idle().then(() => this.#pump.settled()),
    );
    await within(flushMs, this.#hygiene.flush());
    this.routes.close();
  }

  #quotaOf(provider: Provider, refilled: () => void): RateBudget | null {
    const { store, clock, rateOf } = this.context;
    const rate = rateOf(provider);
    return rate === null
      ? null
      : new RateBudget(rate, { clock, sharedState: store.sharedState, name: rate.name, refilled });
  }

  /** What an event of this process is about to be stored with: it need not be decoded again then. */
  handOver(bodyId: string, body: WorkBody): void {
    this.#works.handOver(bodyId, body);
  }

  testPush(uid: string): Promise<TestPushResult[]> {
    const { store, clock } = this.context;
    return sendTestPush({ devices: store.devices, routes: this.routes, settler: this.#settler, clock }, uid);
  }

  replayDeadLetters(request: ReplayRequest): Promise<ReplayReport> {
    const { store, clock, random, directLaneMax, entryMaxRecipients } = this.context;
    const { deadLetters, inbox } = store;
    return replayDeadLetters(
      { deadLetters, inbox, clock, random, directLaneMax, entryMaxRecipients },
      request,
    );
  }
}

/** Resolves when the task does, or when the time is over: what is still open then is in the store. */
async function within(timeMs: number, task: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([task, new Promise<void>((resolve) => (timer = setTimeout(resolve, timeMs)))]);
  clearTimeout(timer);
}

const flushMs = 2_000;

/** Of the event loop, by Node's own count. */
function utilizationSinceLast(): () => number {
  let last: EventLoopUtilization = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}
