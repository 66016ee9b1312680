import type { Clock, Random } from '../domain/clock';
import type { Device } from '../domain/device';
import type { ReplayReport, ReplayRequest } from '../domain/dead-letter';
import type { ProviderName, ProviderLane } from '../domain/provider-table';
import type { TestPushResult } from '../domain/outcome';
import type { ApiEvents } from '../observability/api-events';
import type { Journey } from '../domain/journey';
import type { Spans } from '../observability/spans/spans';
import type { Store } from '../store/ports/store';
import type { TraceReader } from '../trace/trace-reader';

export type CheckStatus = 'ok' | 'degraded' | 'unavailable';

export interface ReadinessCheck {
  readonly name: string;
  readonly status: CheckStatus;
  /** What is wrong and what to set; never a secret. */
  readonly detail: string;
}

/** `unavailable` only when neither store nor journal takes webhooks: taking the pod out would lose them. */
export interface ReadinessReport {
  readonly status: 'ready' | 'degraded' | 'unavailable';
  readonly checks: readonly ReadinessCheck[];
}

export interface ConfiguredProvider {
  readonly provider: ProviderName;
  /** Those with a credential; the first is that of devices whose registration names none. */
  readonly lanes: readonly ProviderLane[];
  /** Why the address of a token is none that this app sends to, to follow the name of its field; null: it is. Absent: all are. */
  readonly addressFault?: (address: string) => string | null;
}

export interface ConfiguredApp {
  readonly name: string;
  readonly providers: readonly ConfiguredProvider[];
}

/** The store ports that the API uses. */
export type ApiStore = Pick<
  Store,
  | 'inbox'
  | 'devices'
  | 'profiles'
  | 'givenNames'
  | 'preferences'
  | 'badges'
  | 'presence'
  | 'duplicateMarks'
  | 'deadLetters'
  | 'retries'
  | 'sharedState'
>;

/** What watches the relay from outside needs. */
export interface AdminServices {
  readonly readiness: () => Promise<ReadinessReport>;
  /** Prometheus text format 0.0.4. */
  readonly metricsText: () => Promise<string>;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: ApiEvents;
}

export interface ApiServices extends AdminServices {
  readonly store: ApiStore;
  /** Sends to every device of the user now, around inbox and retries. */
  readonly traces: Pick<TraceReader, 'sample' | 'message' | 'latest' | 'recent' | 'sinceMs' | 'eraseUser'>;
  readonly journey: Journey;
  /** Null: nobody collects them. */
  readonly spans: Spans | null;
  readonly testPush: (uid: string) => Promise<readonly TestPushResult[]>;
  /** To be told after a device was stored; `before`: as it was until then, null: it is new. */
  readonly registered: (before: Device | null, device: Device) => void;
  readonly replayDeadLetters: (request: ReplayRequest) => Promise<ReplayReport>;
  /** What is kept of the user in this process. */
  readonly forgetUser: (uid: string) => Promise<void>;
  /**
   * A user's open connections by device flag, as WuKongIM's own API says; null: it does not answer. Null itself: the API is not
   * configured.
   */
  readonly connectionsOf: ((uid: string) => Promise<ReadonlyMap<number, number> | null>) | null;
  readonly configuredApps: () => readonly ConfiguredApp[];
  /** The public VAPID key of the app; null: it has none. */
  readonly webPushKey: (app: string) => string | null;
}
