import { silentLogger, type Logger } from '../domain/logger';
import { logConsole } from './console-lines';

describe('what libraries print', () => {
  it('becomes lines of the log, few, short and without passwords', () => {
    const lines: object[] = [];
    const logger: Logger = { ...silentLogger, warn: (fields) => void lines.push(fields) };
    const printed = { log: () => {}, info: () => {}, warn: (..._: unknown[]) => {}, error: () => {} };
    let nowMs = 0;
    logConsole(printed, logger, { now: () => nowMs, monotonicMs: () => nowMs });
    for (let count = 0; count < 100; count++)
      printed.warn('to %s:\n', 'redis://u:s3cret@h', 'x'.repeat(100_000));
    nowMs = 60_000;
    printed.warn('again');
    expect(lines).toEqual([
      { event: 'library_message', text: expect.stringMatching(/^to redis:\/\/\*+@h: +x+…$/) },
      { event: 'library_message', text: 'again', suppressed: 99 },
    ]);
  });
});
