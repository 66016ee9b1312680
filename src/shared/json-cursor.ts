const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const minus = 0x2d;
const plus = 0x2b;
const point = 0x2e;
const lowerU = 0x75;

const literals = ['true', 'false', 'null'].map((text) => Buffer.from(text));
const escapes = new Set(Buffer.from('"\\/bfnrt'));

/** Of the open brackets, a bit each. */
const leastNesting = 64;

/** Thrown by {@link JsonCursor}. Carries no content. */
export class JsonBreak extends Error {
  constructor(
    /** syntax: this is no JSON. depth: it nests deeper than the limit. */
    readonly kind: 'syntax' | 'depth',
    /** Offset of the byte in question. */
    readonly at: number,
  ) {
    super(`JSON breaks at byte ${at}: ${kind}`);
  }
}

/**
 * Walks over the bytes of a JSON text without making anything of them, so that its width, its depth and its repetitions
 * cost no memory. The bytes must be valid UTF-8. `at` is where it is: whoever walks reads what it wants from the bytes.
 *
 * A value is skipped in steps: `begin`, then `advance` until it returns true.
 */
export class JsonCursor {
  /** Values entered so far. */
  values = 0;
  #depth = 0;
  /** One bit per open bracket: what is deep takes an eighth of its bytes. */
  #isObject = new Uint8Array(leastNesting / 8);
  #expectsValue = false;
  readonly #maxDepth: number;

  constructor(
    readonly bytes: Buffer,
    public at = 0,
    readonly end = bytes.length,
    maxDepth = Infinity,
  ) {
    this.#maxDepth = maxDepth;
  }

  /** The next byte that is no white space, which is then at `at`; -1: there is none. */
  peek(): number {
    while (this.at < this.end) {
      const byte = this.bytes[this.at] as number;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
      this.at += 1;
    }
    return -1;
  }

  /** Steps over `byte`, which must come next. */
  take(byte: number): void {
    if (this.peek() !== byte) throw this.#broken();
    this.at += 1;
  }

  /** Throws unless nothing but white space is left. */
  finish(): void {
    if (this.peek() !== -1) throw this.#broken();
  }

  /** Steps over the comma behind a member: true; or over the `closing` byte: false. */
  more(closing: number): boolean {
    const byte = this.peek();
    if (byte !== comma && byte !== closing) throw this.#broken();
    this.at += 1;
    return byte === comma;
  }

  begin(): void {
    this.#depth = 0;
    this.#expectsValue = true;
  }

  /** Goes on for some `bytes` at least, or to the end of the value: then true. */
  advance(bytes: number): boolean {
    const pauseAt = this.at + bytes;
    for (;;) {
      if (this.#expectsValue) this.#enter();
      else if (this.#depth > 0) this.#leave();
      if (this.#depth === 0 && !this.#expectsValue) return true;
      if (this.at >= pauseAt) return false;
    }
  }

  /** Steps over a key and its colon. Returns the offset behind the closing quote of the key. */
  key(): number {
    if (this.peek() !== quote) throw this.#broken();
    this.string();
    const end = this.at;
    this.take(colon);
    return end;
  }

  /** Steps over the string that begins at `at`. */
  string(): void {
    const bytes = this.bytes;
    const end = this.end;
    for (let at = this.at + 1; at < end; at += 1) {
      const byte = bytes[at] as number;
      if (byte === quote) {
        this.at = at + 1;
        return;
      }
      if (byte === backslash) at = this.#escape(at + 1);
      else if (byte < 0x20) throw new JsonBreak('syntax', at);
    }
    throw new JsonBreak('syntax', end);
  }

  #enter(): void {
    const byte = this.peek();
    this.values += 1;
    this.#expectsValue = false;
    if (byte === quote) this.string();
    else if (byte === openBracket) this.#open(0, closeBracket);
    else if (byte === openBrace) this.#open(1, closeBrace);
    else this.#scalar(byte);
  }

  #open(isObject: 0 | 1, closing: number): void {
    if (this.#depth === this.#maxDepth) throw new JsonBreak('depth', this.at);
    this.at += 1;
    if (this.peek() === closing) {
      this.at += 1;
      return;
    }
    this.#push(isObject);
    if (isObject === 1) this.key();
    this.#expectsValue = true;
  }

  #push(isObject: 0 | 1): void {
    const place = this.#depth >> 3;
    if (place === this.#isObject.length) {
      const longer = new Uint8Array(place * 2);
      longer.set(this.#isObject);
      this.#isObject = longer;
    }
    const bit = 1 << (this.#depth & 7);
    const others = (this.#isObject[place] as number) & ~bit;
    this.#isObject[place] = isObject === 1 ? others | bit : others;
    this.#depth += 1;
  }

  /** Behind a value inside a list or an object. */
  #leave(): void {
    const top = this.#depth - 1;
    const isObject = ((this.#isObject[top >> 3] as number) & (1 << (top & 7))) !== 0;
    const byte = this.peek();
    if (byte === comma) {
      this.at += 1;
      if (isObject) this.key();
      this.#expectsValue = true;
      return;
    }
    if (byte !== (isObject ? closeBrace : closeBracket)) throw this.#broken();
    this.at += 1;
    this.#depth -= 1;
  }

  #scalar(byte: number): void {
    if (byte === minus || isDigit(byte)) return this.#number();
    for (const literal of literals) {
      const end = this.at + literal.length;
      if (end <= this.end && literal.compare(this.bytes, this.at, end) === 0) {
        this.at = end;
        return;
      }
    }
    throw this.#broken();
  }

  #number(): void {
    if (this.bytes[this.at] === minus) this.at += 1;
    if (this.bytes[this.at] === 0x30 && this.at < this.end) this.at += 1;
    else this.#digits();
    if (this.#next() === point) {
      this.at += 1;
      this.#digits();
    }
    const exponent = this.#next();
    if (exponent !== 0x65 && exponent !== 0x45) return;
    this.at += 1;
    const sign = this.#next();
    if (sign === plus || sign === minus) this.at += 1;
    this.#digits();
  }

  #digits(): void {
    if (!isDigit(this.#next())) throw this.#broken();
    while (isDigit(this.#next())) this.at += 1;
  }

  #next(): number {
    return this.at < this.end ? (this.bytes[this.at] as number) : -1;
  }

  /** `at` is behind the backslash; returns the last byte of the escape. */
  #escape(at: number): number {
    const byte = at < this.end ? (this.bytes[at] as number) : -1;
    if (escapes.has(byte)) return at;
    if (byte !== lowerU) throw new JsonBreak('syntax', at);
    for (let digit = at + 1; digit <= at + 4; digit += 1)
      if (digit >= this.end || !isHex(this.bytes[digit] as number)) throw new JsonBreak('syntax', digit);
    return at + 4;
  }

  #broken(): JsonBreak {
    return new JsonBreak('syntax', this.at);
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isHex(byte: number): boolean {
  return isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}
