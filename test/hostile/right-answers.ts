import type { HostileBody } from './bodies';

/** Where a generator cannot say more. */
const either: ReadonlySet<number> = new Set([200, 400]);
const taken: ReadonlySet<number> = new Set([200]);
const refused: ReadonlySet<number> = new Set([400]);

/** Larger ones are not parsed here either. */
const mostParsedBytes = 6 * 1024 * 1024;
/** Bounds that the product may set: what is beyond may be refused. */
const mostLevels = 64;
const mostOdd = 1_000;
const mostFields = 1_000;
const mostUids = 1_000_000;
const mostStatuses = 400_000;

/**
 * What a proven sender may get for a body, by the plain reading of JSON.parse and the contract: 400 where it is not what the
 * event must be, 200 where it is, whatever else is odd in it.
 */
export function rightAnswers(event: HostileBody['event'], bytes: Buffer): ReadonlySet<number> {
  if (bytes.length > mostParsedBytes) return either;
  const read = parsed(bytes);
  if (read === 'broken') return refused;
  if (read === 'deep') return either;
  switch (event) {
    case 'msg.offline':
      return offline(read.root);
    case 'user.onlinestatus':
      return listOf(read.root, isStatus);
    case 'msg.notify':
      return listOf(read.root, isMessage);
    default:
      return event satisfies never;
  }
}

function parsed(bytes: Buffer): { readonly root: unknown } | 'broken' | 'deep' {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return 'broken';
  }
  try {
    const root: unknown = JSON.parse(text);
    return levels(text) > mostLevels ? 'deep' : { root };
  } catch (error) {
    // Where it breaks behind the bound, or the stack is at its end first.
    return error instanceof RangeError ? 'deep' : 'broken';
  }
}

/** Of valid JSON. */
function levels(text: string): number {
  let [depth, most, inText] = [0, 0, false];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (inText && character === '\\') at += 1;
    else if (character === '"') inText = !inText;
    else if (!inText && (character === '[' || character === '{')) most = Math.max(most, (depth += 1));
    else if (!inText && (character === ']' || character === '}')) depth -= 1;
  }
  return most;
}

function offline(root: unknown): ReadonlySet<number> {
  const is = isMessage(root);
  if (is !== 'yes') return is === 'no' ? refused : either;
  const { to_uids: uids = null, compress_to_uids: packed = null } = root as Record<string, unknown>;
  if (uids !== null && !Array.isArray(uids)) return either;
  if (Array.isArray(uids) && uids.length > mostUids) return either;
  if (Array.isArray(uids) && uids.filter((uid) => typeof uid !== 'string').length > mostOdd) return either;
  // What is in it is tried where it is unpacked; here only whether there is something.
  return packed === null || packed === '' ? taken : either;
}

type Verdict = 'yes' | 'no' | 'either';

/** Of a list: right where one member is, or where there is none at all. */
function listOf(root: unknown, judge: (item: unknown) => Verdict): ReadonlySet<number> {
  if (!Array.isArray(root)) return refused;
  if (root.length === 0) return taken;
  if (root.length > mostStatuses) return either;
  const verdicts = root.map(judge);
  if (verdicts.includes('either')) return either;
  const wrong = verdicts.filter((verdict) => verdict === 'no').length;
  if (wrong === root.length) return refused;
  return wrong > mostOdd ? either : taken;
}

function isStatus(item: unknown): Verdict {
  if (typeof item !== 'string' || !item.includes('-')) return 'no';
  return /^[a-z0-9]{1,60}-\d-[01]-\d{1,9}-\d{1,9}-\d{1,9}$/.test(item) ? 'yes' : 'either';
}

/** A message has an id, a kind of channel and a channel; nothing else is asked of it. */
function isMessage(root: unknown): Verdict {
  if (typeof root !== 'object' || root === null || Array.isArray(root)) return 'no';
  if (Object.keys(root).length > mostFields) return 'either';
  const {
    message_id: id,
    message_idstr: text,
    channel_type: type,
    channel_id: channel,
  } = root as Record<string, unknown>;
  const isText = typeof text === 'string' && /^[1-9]\d{0,18}$/.test(text);
  if (!isText && !(Number.isSafeInteger(id) && (id as number) > 0))
    return text === undefined && id === undefined ? 'no' : 'either';
  if (type === undefined) return 'no';
  if (!(Number.isInteger(type) && (type as number) >= 0 && (type as number) <= 255)) return 'either';
  if (typeof channel === 'string' && channel !== '') return 'yes';
  return type === 1 || Number.isInteger(channel) ? 'either' : 'no';
}
