import { silentLogger } from '../domain/logger';
import type { JourneyStep } from '../domain/journey';
import { createJourneyLog } from './journey-log';

const step: JourneyStep = {
  receivedAtMs: 1,
  messageId: 'm1',
  uid: 'carol',
  deviceId: null,
  step: 'skipped',
  reason: 'no_device',
  atMs: 0,
};

describe('journey log', () => {
  it('writes one line of level debug for each step, in plain words', () => {
    const lines: { readonly fields: object; readonly text: string }[] = [];
    const debug = (fields: object, text: string) => void lines.push({ fields, text });
    const journey = createJourneyLog({ ...silentLogger, debug });
    journey.tell(step);
    journey.tell({ ...step, deviceId: 'phone', step: 'answered', reason: 'unavailable: Shutdown' });
    expect(lines).toEqual([
      {
        fields: {
          event: 'message_step',
          messageId: 'm1',
          uid: 'carol',
          deviceId: null,
          step: 'skipped',
          reason: 'no_device',
        },
        text: expect.stringMatching(/no device registered/),
      },
      {
        fields: expect.objectContaining({ deviceId: 'phone', reason: 'unavailable: Shutdown' }),
        text: 'push answered',
      },
    ]);
  });

  it('is followed as long as the log is of level debug', () => {
    const logger = { ...silentLogger, isDebugging: false };
    const journey = createJourneyLog(logger);
    expect(journey.isFollowed).toBe(false);
    logger.isDebugging = true;
    expect(journey.isFollowed).toBe(true);
  });
});
