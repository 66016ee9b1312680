import { isUtf8 } from 'node:buffer';
import { broken, decoded } from './decode-failure';
import type { Decoded } from './decode-failure';

export interface JsonBody {
  readonly root: unknown;
  /** The text that `root` was read from: integers over 2^53 are exact only here. */
  readonly text: string;
}

const positionPattern = /at position (\d+)/;

/** V8's own message quotes the body, so only the position leaves this function. */
function whereItBroke(error: unknown): string {
  const position = error instanceof SyntaxError ? positionPattern.exec(error.message)?.[1] : undefined;
  return position === undefined ? 'JSON' : `JSON, which breaks at character ${position}`;
}

export function parseJsonBody(bytes: Buffer): Decoded<JsonBody> {
  if (bytes.length === 0) return broken('empty', '$', 'a JSON body');
  if (!isUtf8(bytes)) return broken('utf8', '$', 'UTF-8');
  const text = bytes.toString('utf8');
  try {
    return decoded({ root: JSON.parse(text) as unknown, text });
  } catch (error) {
    return broken('json', '$', whereItBroke(error));
  }
}
