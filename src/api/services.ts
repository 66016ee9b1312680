import type { Clock, Random } from '../domain/clock';
import type { ReplayReport, ReplayRequest } from '../domain/dead-letter-replay';
import type { ApnsEnvironment, ProviderName } from '../domain/device';
import type { OutcomeKind } from '../domain/outcome';
import type { ApiEvents } from '../observability/api-events';
import type { Store } from '../store/ports/store';

/** One device's answer to a test push; `latencyMs` from call to outcome. */
export interface TestPushResult {
  readonly deviceId: string;
  readonly provider: ProviderName;
  readonly outcome: OutcomeKind;
  readonly reason: string | null;
  readonly latencyMs: number;
}

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
  /** Environments with a credential; FCM has `production` only. */
  readonly environments: readonly ApnsEnvironment[];
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
  readonly testPush: (uid: string) => Promise<readonly TestPushResult[]>;
  readonly replayDeadLetters: (request: ReplayRequest) => Promise<ReplayReport>;
  readonly configuredApps: () => readonly ConfiguredApp[];
}
