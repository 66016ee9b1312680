import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { BodyPool } from '../../http/body-pool';
import { BodyReader } from '../../http/body-reader';
import { JsonBreak, JsonCursor } from '../../shared/json-cursor';
import { problem, type Problem } from '../problem';

export interface JsonBody {
  readonly kind: 'body';
  readonly value: unknown;
}

export interface JsonBodyLimits {
  readonly maxBytes: number;
  /** Of all bodies that the API reads. */
  readonly pool: BodyPool;
  /** Until the body has to be whole; absent: the server's own time for a request. */
  readonly deadlineMs?: number;
}

/** Twice what the widest request (10,000 uids) needs. */
const maxValues = 20_000;
const maxDepth = 64;
const stepBytes = 16 * 1024;

/**
 * Reads a JSON body of at most `limits.maxBytes`. The content type has to be said: a browser page may send any other
 * cross-site without asking, and on a loopback address without keys that would be a way in.
 */
export async function readJsonBody(
  request: IncomingMessage,
  contentTypes: readonly string[],
  limits: JsonBodyLimits,
): Promise<JsonBody | Problem> {
  const refusal = refuseHeaders(request, contentTypes);
  if (refusal !== null) return refusal;
  const bytes = await readBytes(request, limits);
  if (!Buffer.isBuffer(bytes)) return bytes;
  if (!isUtf8(bytes)) return problem('malformed_json', 'The body is not UTF-8.');
  const shape = refuseShape(bytes);
  if (shape !== null) return shape;
  return parse(bytes.toString('utf8'));
}

function refuseHeaders(request: IncomingMessage, contentTypes: readonly string[]): Problem | null {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '')
    .split(';')
    .map((part) => part.trim());
  const charset = parameters.find((parameter) => /^charset=/i.test(parameter));
  const encoding = request.headers['content-encoding'] ?? 'identity';
  const wrong =
    !contentTypes.includes(type.toLowerCase()) ||
    (charset !== undefined && !/^charset="?utf-?8"?$/i.test(charset)) ||
    encoding.toLowerCase() !== 'identity';
  if (!wrong) return null;
  return problem(
    'unsupported_media_type',
    `Send content-type ${contentTypes.join(' or ')}, in UTF-8, not compressed.`,
  );
}

async function readBytes(
  request: IncomingMessage,
  { maxBytes, pool, deadlineMs }: JsonBodyLimits,
): Promise<Buffer | Problem> {
  const reader = new BodyReader(request, pool, {
    maxBytes,
    deadlineMs: deadlineMs ?? null,
  });
  const body = await reader.take();
  // What is parsed of it is bounded, and answered before long.
  reader.share.release();
  switch (body.kind) {
    case 'read':
      return body.bytes;
    case 'too_large':
      return problem('body_too_large', `The body is larger than ${maxBytes} bytes.`);
    case 'too_slow':
      return problem(
        'request_timeout',
        'The body arrived too slowly. Send it in one piece, and retry later: the relay may be busy with other bodies.',
      );
    case 'aborted':
      // The caller is gone, so nobody reads this answer; it only ends the handler.
      return problem('malformed_json', 'The body ended early.', { headers: { connection: 'close' } });
    default:
      return body satisfies never;
  }
}

/** What is deep or wide costs many times its bytes once it is parsed and checked, so that it is refused before. */
function refuseShape(bytes: Buffer): Problem | null {
  if (bytes.length === 0) return null;
  const cursor = new JsonCursor(bytes, 0, bytes.length, maxDepth);
  try {
    cursor.begin();
    while (!cursor.advance(stepBytes) && cursor.values <= maxValues);
    if (cursor.values > maxValues)
      return problem(
        'invalid_request',
        `The body has more than ${maxValues} JSON values. Send several smaller requests.`,
      );
    cursor.finish();
    return null;
  } catch (error) {
    if (!(error instanceof JsonBreak)) throw error;
    if (error.kind === 'depth')
      return problem('invalid_request', `The body has more than ${maxDepth} levels of nesting.`);
    return problem('malformed_json', brokenAt(bytes, error.at));
  }
}

const newline = 0x0a;

/** Without what stands there, which may be private. */
function brokenAt(bytes: Buffer, at: number): string {
  if (at >= bytes.length) return 'The body is not JSON: it ends too early.';
  let line = 1;
  let lineAt = 0;
  for (let end = bytes.indexOf(newline); end !== -1 && end < at; end = bytes.indexOf(newline, lineAt)) {
    line += 1;
    lineAt = end + 1;
  }
  const column = bytes.subarray(lineAt, at).toString('utf8').length + 1;
  return `The body is not JSON: line ${line}, column ${column} breaks it.`;
}

function parse(text: string): JsonBody | Problem {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // V8's message quotes the body, which may be private.
    return problem('malformed_json', text === '' ? 'The body is empty.' : 'The body is not JSON.');
  }
  // Such a key never comes from an honest caller, and what copies it into an object changes the object's prototype.
  if (holdsKey(value, '__proto__')) {
    const errors = [{ path: '__proto__', message: 'must not be the name of a field' }];
    return problem('invalid_request', 'The body has a field named __proto__. Use another name.', { errors });
  }
  return { kind: 'body', value };
}

/** Iterative: a hostile body nests deeper than the stack. */
function holdsKey(value: unknown, key: string): boolean {
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null) continue;
    if (Object.hasOwn(next, key)) return true;
    for (const child of Object.values(next)) {
      if (typeof child === 'object' && child !== null) waiting.push(child);
    }
  }
  return false;
}
