import { broken, decoded } from './decode-failure';
import type { Decoded } from './decode-failure';
import { decodeMessage } from './decode-message';
import { parseJsonBody } from './json-body';

const noRawId = (): string => '1';

/** `msg.notify`: an array of messages. They are checked and counted, not kept. */
export function decodeNotify(body: Buffer, receivedAtMs: number): Decoded<number> {
  const json = parseJsonBody(body);
  if (!json.ok) return json;
  const { root } = json.value;
  if (!Array.isArray(root)) return broken('type', '$', 'an array of messages');
  for (let index = 0; index < root.length; index++) {
    const message = decodeMessage(root[index], `$[${index}]`, receivedAtMs, noRawId);
    if (!message.ok) return message;
  }
  return decoded(root.length);
}
