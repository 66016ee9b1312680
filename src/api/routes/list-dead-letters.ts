import { isUtf8 } from 'node:buffer';
import type { DeadLetter } from '../../domain/dead-letter';
import { json } from '../answer';
import { readCursor, writeCursor } from '../request/cursor';
import { defineOperation, type Operation } from '../operation';
import { deadLetterSchema, deadLettersQuery } from '../schemas/dead-letter';
import { pageOf, toPage } from '../schemas/page';
import { toTimeText } from '../schemas/times';
import type { ApiServices } from '../services';

export function listDeadLetters({ store, events }: ApiServices): Operation {
  return defineOperation({
    id: 'listDeadLetters',
    method: 'get',
    path: '/v1/dead-letters',
    tag: 'dead letters',
    summary: 'List dead letters',
    callers: ['server'],
    query: deadLettersQuery,
    answers: { 200: { description: 'Newest first.', schema: pageOf(deadLetterSchema) } },
    example: {
      query: { limit: 20 },
      answer: {
        items: [
          {
            id: '019c13f7-6c00-7000-8000-3f1f0c93e47b',
            at: '2026-01-31T12:00:00.000Z',
            source: 'webhook',
            reason: 'invalid_json',
            detail: 'msg.offline body: expected JSON, which breaks at byte 0',
            message_id: null,
            route: null,
            received_at: '2026-01-31T12:00:00.000Z',
            recipients: [],
            body_bytes: 4,
            body_truncated: false,
          },
        ],
      },
    },
    handle: async ({ query, requestId }) => {
      const start = readCursor(list, query.cursor);
      if ('kind' in start) return start;
      const page = await store.deadLetters.list(query.limit, start.position);
      const withBody = query.include === 'body';
      if (withBody) events.deadLetterBodiesRead({ requestId, letters: page.items.length });
      return json(
        200,
        toPage(
          page.items.map((letter) => toLetterObject(letter, withBody)),
          page.nextCursor === null ? null : writeCursor(list, page.nextCursor),
        ),
      );
    },
  });
}

const list = 'dead-letters';

function toLetterObject(letter: DeadLetter, withBody: boolean): object {
  return {
    id: letter.id,
    at: toTimeText(letter.atMs),
    source: letter.source,
    reason: letter.reason,
    detail: letter.detail,
    message_id: letter.messageId,
    route: letter.route,
    received_at: toTimeText(letter.receivedAtMs),
    recipients: letter.recipients.map(({ uid, deviceId, tokenKind }) => ({
      uid,
      device_id: deviceId,
      token_kind: tokenKind,
    })),
    body_bytes: letter.body.length,
    body_truncated: letter.bodyTruncated,
    ...(withBody ? toBodyObject(letter.body) : {}),
  };
}

function toBodyObject(body: Buffer): object {
  const encoding = isUtf8(body) ? 'utf8' : 'base64';
  return { body: body.toString(encoding), body_encoding: encoding };
}
