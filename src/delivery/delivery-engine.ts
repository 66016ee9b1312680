import type { ReplayReport, ReplayRequest } from '../domain/dead-letter';
import { Catalogues, type TextOverrides } from '../content/catalogues';
import { MessageReader, type ContentRules } from '../content/message-content';
import type { MessageBody } from '../domain/body';
import type { Message } from '../domain/message';
import type { EventMarks } from '../store/ports/inbox';
import type { DeliveryPort } from '../webhook/delivery-port';
import { markRequests } from './plan/duplicate-keys';
import type { Clock, Random } from '../domain/clock';
import type { Device } from '../domain/device';
import type { Recipient } from '../domain/people';
import type { Journey } from '../domain/journey';
import type { Logger } from '../domain/logger';
import type { TestPushResult } from '../domain/outcome';
import type { ProviderName } from '../domain/provider-table';
import type { ReceiptResult, ReceiptVerdict } from '../domain/outcome';
import { createIds } from '../shared/ids';
import { within } from '../shared/within';
import type { DeliveryEvents } from '../observability/delivery-events';
import type { Spans } from '../observability/spans/spans';
import type { Provider } from '../providers/provider';
import type { Resolver } from '../resolver/resolver';
import type { Store } from '../store/ports/store';
import type { OnlineUsers } from '../wukongim/online-users';
import { BadgeNumbers, type BadgeOptions } from './plan/badge-numbers';
import { Consumer } from './inbox/consumer';
import { DeadLetterWriter } from './send/dead-letter-writer';
import { replayDeadLetters, type ForwardAgain } from './upkeep/dead-letter-replay';
import { Deadlines } from '../shared/deadlines';
import { DeviceExpiry } from './upkeep/device-expiry';
import { DeviceHygiene } from './send/device-hygiene';
import { Dispatcher } from './send/dispatcher';
import { EndedCalls } from './plan/ended-calls';
import { EntryWorker } from './inbox/entry-worker';
import { FanOut } from './plan/fan-out';
import type { DeliveryOptions } from './options';
import { RateBudget, type RateOptions } from './routes/rate-budget';
import { Recalls } from './plan/recalls';
import { RingingCalls } from './plan/ringing-calls';
import { createDeviceRule } from './rules/device-rules';
import { createMessageRules, type SkipOptions } from './rules/message-rules';
import { OnlineRecipients, type PresenceOptions } from './plan/online-recipients';
import { RecipientLookUp } from './plan/recipient-look-up';
import { ResultKeeper } from './send/result-keeper';
import { Renderer, type RenderDefaults } from './plan/renderer';
import { WaitingDeliveries } from './waiting/waiting-deliveries';
import { RoutePauses } from './routes/route-pauses';
import { Routes } from './routes/routes';
import { Settler } from './send/settler';
import { StormGuard, type StormOptions } from './plan/storm-guard';
import { actOnReport } from './upkeep/reported-token';
import { sendTestPush } from './upkeep/test-push';
import { DecodedEvents } from './plan/decoded-event';

export interface DeliveryContext {
  readonly options: DeliveryOptions;
  readonly renderDefaults: RenderDefaults;
  readonly contentRules: ContentRules;
  /** What the operator says otherwise than the relay. */
  readonly texts: TextOverrides;
  readonly skip: SkipOptions;
  /** IANA name, for a device of the app that did not say, and whose user did not either. */
  readonly timezoneOf: (app: string) => string;
  readonly directLaneMax: number;
  readonly forwardAgain: ForwardAgain;
  readonly deviceExpireAfterMs: number;
  /** Null: no limits. */
  readonly storm: StormOptions | null;
  /** Null: no push has a badge. */
  readonly badges: BadgeOptions | null;
  /** The provider's quota of messages a minute; null: none. */
  readonly rateOf: (provider: Provider) => (RateOptions & { readonly name: string }) | null;
  readonly store: Store;
  /** Null: there is none. */
  readonly resolver: Resolver | null;
  readonly presence: PresenceOptions;
  /** Null: WuKongIM's API is not known. */
  readonly onlineUsers: OnlineUsers | null;
  readonly providers: readonly Provider[];
  readonly events: DeliveryEvents;
  readonly journey: Journey;
  /** Null: nobody collects them. */
  readonly spans: Spans | null;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
}

/** The whole way from the inbox to settled, as one thing to start and stop. */
export class DeliveryEngine implements DeliveryPort {
  readonly routes: Routes;
  readonly #decoded: DecodedEvents;
  readonly #renderer: Renderer;
  readonly #dispatcher: Dispatcher;
  readonly #results: ResultKeeper;
  readonly #hygiene: DeviceHygiene;
  readonly #consumer: Consumer;
  readonly #pauses: RoutePauses;
  readonly #waiting: WaitingDeliveries;
  readonly #expiry: DeviceExpiry;
  readonly #context: DeliveryContext;

  constructor(context: DeliveryContext) {
    this.#context = context;

    const { options, store, logger, events, clock, random } = context;
    const deadlines = new Deadlines(clock, store.latestTimeMs());
    const endedCalls = new EndedCalls(store.sharedState);
    const recalls = new Recalls({ ...store, ...context.renderDefaults, options });
    const { journey, spans } = context;
    const shared = { options, events, journey, spans, clock, random, deadlines, endedCalls, recalls };
    const { devices, duplicateMarks, inbox, sharedState } = store;
    const quotaOf = (provider: Provider, refilled: () => void) => this.#quotaOf(provider, refilled);
    const routes = new Routes(context.providers, options, quotaOf);
    const probeIntervalMs = options.credentialProbeIntervalMs;
    const pauses = new RoutePauses({ sharedState, probeIntervalMs, events, clock });
    const hygiene = new DeviceHygiene({ ...shared, devices, sharedState });
    const settler = new Settler({ ...shared, routes, pauses, hygiene });
    const dispatcher = new Dispatcher({ ...shared, routes, settler });
    const decoded = new DecodedEvents(options, new MessageReader(context.contentRules));
    const renderer = new Renderer(new Catalogues(context.texts), context.renderDefaults);
    const storm = context.storm === null ? null : new StormGuard(context.storm, clock);
    const rules = rulesOf(context);
    const { onlineUsers, presence } = context;
    const online =
      onlineUsers === null
        ? null
        : new OnlineRecipients({ ...shared, ...rules, onlineUsers, options: presence });
    const lookUp = new RecipientLookUp(store, context.resolver, online);
    const ringingCalls = new RingingCalls({ sharedState, inbox, clock, makeId: createIds(clock, random) });
    const planning = { ...rules, routes, lookUp, duplicateMarks, renderer, storm, ringingCalls };
    const fanOut = new FanOut({ ...shared, ...badgeParts(context), ...planning });
    const burying = { devices, deadLetters: store.deadLetters, bodyBytes: options.deadLetterBodyBytes };
    const deadLetters = new DeadLetterWriter({ ...shared, ...burying });
    const results = new ResultKeeper({ ...shared, deadLetters });
    const worker = new EntryWorker({ ...shared, decoded, fanOut, dispatcher, deadLetters, results });
    this.routes = routes;
    this.#decoded = decoded;
    this.#renderer = renderer;
    this.#dispatcher = dispatcher;
    this.#results = results;
    this.#hygiene = hygiene;
    this.#consumer = new Consumer({ ...shared, inbox, worker });
    this.#pauses = pauses;
    this.#waiting = new WaitingDeliveries({
      ...shared,
      ...store,
      decoded,
      lookUp,
      fanOut,
      dispatcher,
      deadLetters,
      results,
      routes,
      pauses,
    });
    this.#expiry = new DeviceExpiry({
      devices,
      ...{ deadlines, events, logger },
      expireAfterMs: context.deviceExpireAfterMs,
    });
  }

  start(): void {
    this.#waiting.start();
    this.#consumer.start();
    this.#expiry.start();
  }

  /** Takes no new work, lets what is in flight finish until the drain's deadline, leaves the rest to the store. */
  async stop(): Promise<void> {
    const { clock, options } = this.#context;
    const deadlineMs = clock.monotonicMs() + options.drainMs;
    await Promise.all([this.#waiting.stop(), this.#expiry.stop()]);
    await this.#consumer.stop(options.drainMs);
    await within(
      Math.max(0, Math.min(options.drainMs, deadlineMs - clock.monotonicMs())),
      this.#dispatcher.idle().then(() => this.#waiting.settled()),
      undefined,
    );
    await within(flushMs, this.#hygiene.flush(), undefined);
    this.routes.close();
  }

  #quotaOf(provider: Provider, refilled: () => void): RateBudget | null {
    const { store, clock, rateOf } = this.#context;
    const rate = rateOf(provider);
    return rate === null
      ? null
      : new RateBudget(rate, { clock, sharedState: store.sharedState, name: rate.name, refilled });
  }

  /** Credentials have changed: whether a paused route's is accepted now, its next probe tells without waiting. */
  probeAtOnce(): void {
    this.#pauses.probeAtOnce();
  }

  announce(bodyId: string, body: MessageBody, uids: readonly string[] | null): EventMarks | undefined {
    this.#decoded.handOver(bodyId, body);
    const { store, options } = this.#context;
    if (!store.inbox.takesMarks || uids === null) return undefined;
    return { requests: markRequests(body, uids), ttlMs: options.dedupWindowMs };
  }

  rings(message: Message): boolean {
    return this.#decoded.rings(message);
  }

  testPush(uid: string): Promise<TestPushResult[]> {
    const { store, clock, journey } = this.#context;
    const { recipients } = store;
    const { routes } = this;
    const catalogueFor = (device: Device, { preferences }: Recipient) =>
      this.#renderer.catalogueFor(device, preferences);
    return sendTestPush(
      {
        recipients,
        routes,
        dispatcher: this.#dispatcher,
        results: this.#results,
        journey,
        clock,
        catalogueFor,
      },
      uid,
    );
  }

  /** A device was stored; `before`: as it was until then, null: it is new. */
  registered(before: Device | null, device: Device): void {
    this.#waiting.registered(before, device);
  }

  /** Acts on what a vendor reports of a device token after it has accepted a push. */
  report(provider: ProviderName, app: string, verdict: ReceiptVerdict): Promise<ReceiptResult> {
    const { devices } = this.#context.store;
    return actOnReport({ devices, routes: this.routes, hygiene: this.#hygiene }, provider, app, verdict);
  }

  replayDeadLetters(request: ReplayRequest): Promise<ReplayReport> {
    const { store, clock, random, directLaneMax, forwardAgain } = this.#context;
    const { deadLetters, inbox } = store;
    return replayDeadLetters({ deadLetters, inbox, clock, random, directLaneMax, forwardAgain }, request);
  }
}

function badgeParts({ badges, storm, store, clock }: DeliveryContext) {
  return {
    badges,
    badgeNumbers: badges === null ? null : new BadgeNumbers(store.badges),
    badgeStorm: badges === null || storm === null ? null : new StormGuard(storm, clock),
  };
}

function rulesOf({ skip, timezoneOf }: DeliveryContext) {
  return { messageRules: createMessageRules(skip), deviceRule: createDeviceRule(timezoneOf) };
}

const flushMs = 2_000;
