import type { JsonObject } from '../shared/json-object';
import type { MessageKey } from './catalogue';
import { durationText } from './duration';
import { asInteger } from './json-fields';

const videoCall = 1;
const results = { canceled: 0, missed: 2, declined: 3 } as const;

/** What became of a call (type 9989). The payload's own text is in the sender's language, so it is not shown. */
export function readCallResult(payload: JsonObject): {
  readonly label: MessageKey;
  readonly length: string | null;
} {
  const isVideo = asInteger(payload['call_type']) === videoCall;
  const label = isVideo ? 'call_video' : 'call_voice';
  const length = durationText(payload['second']);
  switch (asInteger(payload['result_type'])) {
    case results.canceled:
      // Some clients write 0 of a call that was answered, too.
      return length === null ? { label: 'call_canceled', length } : { label, length };
    case results.missed:
      return { label: `${label}_missed`, length: null };
    case results.declined:
      return { label: 'call_declined', length: null };
    default:
      return { label, length };
  }
}
