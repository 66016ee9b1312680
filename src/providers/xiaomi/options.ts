import type { ProviderLane } from '../../domain/provider-table';
import type { HttpEndpoint } from '../many-tokens/endpoint';
import type { MakerOptions } from '../many-tokens/maker';
import type { TemplateVariables } from '../many-tokens/template-values';

/** A template that Xiaomi has approved, by its id in the console. */
export interface XiaomiTemplate {
  readonly id: string;
  readonly variables: TemplateVariables;
}

/** By what is shown. Null: what `direct` or `group` has, or none. */
export interface XiaomiTemplates {
  readonly direct: XiaomiTemplate | null;
  readonly group: XiaomiTemplate | null;
  readonly mention: XiaomiTemplate | null;
  readonly call: XiaomiTemplate | null;
}

export interface XiaomiOptions extends MakerOptions {
  readonly appSecret: string;
  readonly packageName: string;
  /** Null: Xiaomi shows one message per device and day, or refuses. */
  readonly channelId: string | null;
  /** Null: that of messages. */
  readonly callChannelId: string | null;
  readonly templates: XiaomiTemplates;
  /** `intent:…` with places; null: the launcher is opened. */
  readonly intentUri: string | null;
  /** Where Xiaomi reports what became of a message; null: nowhere. */
  readonly callbackUrl: string | null;
  /** The host of each region. */
  readonly apis: ReadonlyMap<ProviderLane, HttpEndpoint>;
}
