/**
 * A body that many devices share but for a few short places. Filled once, it is written out like any text; from the
 * second time on the shared text is encoded already, and each device costs a copy. Places are filled with Latin-1 text
 * only (ids, numbers, tokens), which the caller has checked. For a device of a group that saves 1 µs of 3, with 600 Chinese characters
 * 7 µs of 9.
 */
export class Template {
  #parts: readonly Buffer[] | null = null;
  #sharedBytes = 0;
  #isUsed = false;
  readonly #texts: readonly string[];

  /** The texts around the places: one more than there are places. */
  constructor(texts: readonly string[]) {
    this.#texts = texts;
  }

  /** One value a place, in order. A template without places gives the same buffer each time: do not write to it. */
  fill(...values: readonly string[]): Buffer {
    if (!this.#isUsed && values.length > 0) {
      this.#isUsed = true;
      return Buffer.from(this.#join(values));
    }
    const parts = (this.#parts ??= this.#encode());
    if (values.length === 0) return parts[0] as Buffer;
    let bytes = this.#sharedBytes;
    for (const value of values) bytes += value.length;
    const body = Buffer.allocUnsafe(bytes);
    let at = (parts[0] as Buffer).copy(body, 0);
    for (let index = 0; index < values.length; index += 1) {
      at += body.write(values[index] as string, at, 'latin1');
      at += (parts[index + 1] as Buffer).copy(body, at);
    }
    return body;
  }

  #join(values: readonly string[]): string {
    let text = this.#texts[0] as string;
    for (let index = 0; index < values.length; index += 1) {
      text += (values[index] as string) + (this.#texts[index + 1] as string);
    }
    return text;
  }

  #encode(): readonly Buffer[] {
    const parts = this.#texts.map((text) => Buffer.from(text));
    this.#sharedBytes = parts.reduce((sum, part) => sum + part.length, 0);
    return parts;
  }
}
