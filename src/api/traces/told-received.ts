import type { JourneyStep, MessageOrigin } from '../../domain/journey';

/** That a request of the app server is durable. */
export function toldReceived(
  id: string,
  source: MessageOrigin['source'],
  fromUid: string | null,
  uids: readonly string[],
  receivedAtMs: number,
): JourneyStep {
  return {
    messageId: id,
    receivedAtMs,
    origin: { source, fromUid, channelId: null, channelType: null, recipients: uids.length },
    uid: null,
    uids: uids.length > namedAtMost ? null : uids,
    deviceId: null,
    step: 'received',
    reason: null,
    atMs: receivedAtMs,
  };
}

/** As many as the direct lane takes. */
const namedAtMost = 20;
