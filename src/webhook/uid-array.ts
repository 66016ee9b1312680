const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

const key = Buffer.from('to_uids');
/** Uids that are strings at the same time, and die young. */
const uidsAtOnce = 500;

/**
 * The array `to_uids` of a large event, left in the bytes of its body: as one text and 100,000 strings it would take
 * several times as much, all at once.
 *
 * It finds arrays of strings in JSON that it takes to be whole. It does not check JSON: what is wrong shows when the
 * parts are parsed, and whatever it is not sure of is none. Then the body is to be parsed at once, by whom it may concern.
 */
export class UidArray {
  private constructor(
    private readonly body: Buffer,
    /** Behind the opening bracket. */
    private readonly start: number,
    /** At the closing bracket. */
    private readonly end: number,
    /** At the commas between two slices. */
    private readonly cuts: readonly number[],
  ) {}

  /** Of valid UTF-8; null where there is none, or more than one, or anything but strings in it. */
  static find(body: Buffer): UidArray | null {
    let found: UidArray | null = null;
    let depth = 0;
    for (let at = 0; at < body.length; at += 1) {
      const byte = body[at];
      if (byte === openBrace || byte === openBracket) depth += 1;
      else if (byte === closeBrace || byte === closeBracket) depth -= 1;
      else if (byte === quote) {
        const opening = at;
        at = closingQuote(body, at);
        if (at === -1) return null;
        if (depth !== 1) continue;
        const next = skipSpace(body, at + 1);
        if (body[next] !== colon) continue;
        // Escaped, it might be any name.
        if (body.subarray(opening, at).includes(backslash)) return null;
        if (!isKey(body, opening + 1, at)) continue;
        const bracket = skipSpace(body, next + 1);
        if (found !== null || body[bracket] !== openBracket) return null;
        found = UidArray.read(body, bracket + 1);
        if (found === null) return null;
        at = found.end;
      }
    }
    return depth === 0 ? found : null;
  }

  private static read(body: Buffer, start: number): UidArray | null {
    const cuts: number[] = [];
    let commas = 0;
    for (let at = start; at < body.length; at += 1) {
      const byte = body[at];
      if (byte === quote) {
        at = closingQuote(body, at);
        if (at === -1) return null;
      } else if (byte === comma) {
        commas += 1;
        if (commas % uidsAtOnce === 0) cuts.push(at);
      } else if (byte === closeBracket) return new UidArray(body, start, at, cuts);
      else if (!isSpace(byte)) return null;
    }
    return null;
  }

  /** Nothing but white space. */
  get isEmpty(): boolean {
    return skipSpace(this.body, this.start) === this.end;
  }

  /** The body with nothing in the array. */
  textAround(): string {
    return this.body.toString('utf8', 0, this.start) + this.body.toString('utf8', this.end);
  }

  /** In order. Throws SyntaxError where it is no JSON after all. */
  *slices(): Generator<readonly unknown[]> {
    let from = this.start;
    for (const cut of this.cuts) {
      yield this.parse(from, cut, false);
      from = cut + 1;
    }
    yield this.parse(from, this.end, this.cuts.length === 0);
  }

  private parse(from: number, to: number, mayBeEmpty: boolean): readonly unknown[] {
    const uids = JSON.parse(`[${this.body.toString('utf8', from, to)}]`) as readonly unknown[];
    // A comma without a uid behind it, at a cut.
    if (uids.length === 0 && !mayBeEmpty) throw new SyntaxError('a uid is missing');
    return uids;
  }
}

function closingQuote(body: Buffer, opening: number): number {
  for (let at = opening + 1; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === quote) return at;
    if (byte === backslash) at += 1;
  }
  return -1;
}

function skipSpace(body: Buffer, from: number): number {
  let at = from;
  while (isSpace(body[at])) at += 1;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isKey(body: Buffer, start: number, end: number): boolean {
  return end - start === key.length && key.compare(body, start, end) === 0;
}
