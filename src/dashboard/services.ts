import type { AdminServices } from '../api/services';
import type { ShownKey } from '../config/masked-config';
import type { PhoneScreens } from './phones/phone-screens';
import type { WebhookTarget } from './phones/webhook-sender';

/** What the dashboard uses of the relay, besides the REST API that its page calls. */
export interface DashboardServices extends AdminServices {
  readonly version: string;
  /** As it was at the start, what was set first. */
  readonly configuration: () => readonly ShownKey[];
  /** Null: the providers are real. */
  readonly phones: PhonesServices | null;
}

export interface PhonesServices {
  readonly screens: PhoneScreens;
  /** Null: the webhook does not listen on an address. */
  readonly webhook: () => WebhookTarget | null;
}
