import type { FcmOptions } from './options';

/** The part of the options that shapes a message. */
export type MessageStyle = Pick<
  FcmOptions,
  | 'androidMode'
  | 'androidChannelId'
  | 'androidChannelIds'
  | 'apnsTopic'
  | 'dataStyle'
  | 'mutableContent'
  | 'contentAvailable'
>;

/**
 * A message's JSON up to the device's token: the texts around what differs a device, and what stands between them. The
 * token follows the last text.
 */
export interface MessageTexts {
  readonly texts: readonly string[];
  readonly places: readonly ('id' | 'badge')[];
}
