import { json } from '../answer';
import { readCursor, writeCursor } from '../request/cursor';
import { defineOperation, type Operation } from '../operation';
import { replayInput, replayReportSchema } from '../schemas/dead-letter';
import type { ApiServices } from '../services';

const list = 'replay';

export function postReplay({ replayDeadLetters }: ApiServices): Operation {
  return defineOperation({
    id: 'replayDeadLetters',
    method: 'post',
    path: '/v1/dead-letters/replay',
    tag: 'dead letters',
    summary: 'Replay dead letters',
    description:
      'The letters return to the inbox with a new reception time. Expiry is checked again. ' +
      'Skipped letters stay. With `all`, a request processes 1,000 letters, the newest first: ' +
      'repeat it with `next_cursor` as `cursor` until the answer has none.',
    callers: ['server'],
    body: replayInput,
    answers: {
      200: {
        description: 'The number of replayed letters, and the reasons for the others.',
        schema: replayReportSchema,
      },
    },
    example: {
      body: { ids: ['019c13f7-6c00-7000-8000-3f1f0c93e47b'], max_message_age_seconds: 86_400 },
      answer: { replayed: 0, skipped: 1, skipped_reasons: { not_found: 1 }, remaining: 1 },
    },
    handle: async ({ body }) => {
      const start = readCursor(list, body.cursor);
      if ('kind' in start) return start;
      const ids = body.ids === undefined ? null : [...new Set(body.ids)];
      const report = await replayDeadLetters({
        ids,
        cursor: start.position,
        maxMessageAgeMs: body.max_message_age_seconds * 1000,
      });
      const skipped = Object.values(report.skipped).reduce((sum, count) => sum + count, 0);
      return json(200, {
        replayed: report.replayed,
        skipped,
        skipped_reasons: report.skipped,
        remaining: report.remaining,
        ...(report.nextCursor === null ? {} : { next_cursor: writeCursor(list, report.nextCursor) }),
      });
    },
  });
}
