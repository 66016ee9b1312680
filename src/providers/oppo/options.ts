import type { ProviderLane } from '../../domain/provider-table';
import type { HttpEndpoint } from '../many-tokens/endpoint';
import type { MakerOptions } from '../many-tokens/maker';
import type { TemplateVariables } from '../many-tokens/template-values';

/** A template that OPPO has approved, by its id in the console. */
export interface OppoTemplate {
  readonly id: string;
  readonly title: TemplateVariables;
  readonly body: TemplateVariables;
}

/** What a click opens: an action, an activity, a web page, or an intent as a URL. `value` is a template for clicks. */
export interface OppoClick {
  readonly type: 'action' | 'activity' | 'url' | 'intent';
  readonly value: string;
}

export interface OppoOptions extends MakerOptions {
  readonly appKey: string;
  readonly masterSecret: string;
  /** The classification that the app was granted. Null: the channel says. */
  readonly category: string | null;
  /** 1: in the drawer; 2: on the lock screen, too; 16: and as a banner. Only with a category. */
  readonly notifyLevel: 1 | 2 | 16;
  /** Null: the app's default. Never together with a category. */
  readonly channelId: string | null;
  readonly template: OppoTemplate | null;
  /** Null: the launcher is opened. */
  readonly click: OppoClick | null;
  /** Where OPPO reports what became of a message; null: nowhere. */
  readonly callbackUrl: string | null;
  /** The host of each lane. */
  readonly apis: ReadonlyMap<ProviderLane, HttpEndpoint>;
}
