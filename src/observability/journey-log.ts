import type { Journey, JourneyStep } from '../domain/journey';
import type { Logger } from '../domain/logger';
import type { RecipientResult } from '../domain/recipient-result';

/** Writes each step as a line of level debug; followed while the log has that level. */
export function createJourneyLog(logger: Logger): Journey {
  return {
    get isFollowed() {
      return logger.isDebugging;
    },
    tell: (told) => {
      const { messageId, uid, deviceId, step } = told;
      const fields = { messageId, uid, deviceId, step, reason: reasonOf(told) };
      logger.debug({ event: 'message_step', ...fields }, lineOf(step, told.reason));
    },
  };
}

function reasonOf({ outcome, reason }: JourneyStep): string | null {
  if (outcome === undefined) return reason;
  return reason === null ? outcome : `${outcome}: ${reason}`;
}

/** In the words of docs/notifications.md; none holds text of a message. */
function lineOf(step: JourneyStep['step'], reason: string | null): string {
  if (step === 'skipped' && reason !== null && reason in skippedLines)
    return skippedLines[reason as keyof typeof skippedLines];
  return lines[step];
}

const lines: Readonly<Record<JourneyStep['step'], string>> = {
  received: 'message stored',
  planned: 'recipient: push planned',
  skipped: 'recipient: no push',
  answered: 'push answered',
  waiting: 'push waits for its next attempt',
  parked: 'push waits for its credential',
  dropped: 'push ended unsent',
  dead: 'push became a dead letter',
};

const skippedLines: Readonly<Record<Exclude<RecipientResult, 'pushed'>, string>> = {
  no_device:
    'recipient: no device registered; a repeat of this message within the deduplication window is dropped too',
  not_configured: 'recipient: no credential for the device’s app and environment',
  suspended: 'recipient: device suspended after rejections',
  sender: 'recipient: sent the message',
  hidden: 'recipient: message not visible to this user',
  muted: 'recipient: muted',
  quiet_hours: 'recipient: quiet hours',
  online: 'recipient: online in WuKongIM',
  storm: 'recipient: held by the storm limits',
  duplicate: 'recipient: duplicate of an earlier message',
  expired: 'recipient: message expired',
  command: 'recipient: command message, not shown',
  not_persisted: 'recipient: message not stored by WuKongIM',
  not_pushed_type: 'recipient: messages of this type are not pushed',
  recalled: 'recipient: taken back before it was sent',
};
