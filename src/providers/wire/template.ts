/**
 * A body that many devices share but for a few short places: the shared text is encoded once, and each device costs a
 * copy. Places are filled with Latin-1 text only (ids, numbers, tokens), which the caller has checked.
 */
export class Template {
  private readonly parts: readonly Buffer[];
  private readonly sharedBytes: number;

  /** The texts around the places: one more than there are places. */
  constructor(texts: readonly string[]) {
    this.parts = texts.map((text) => Buffer.from(text));
    this.sharedBytes = this.parts.reduce((sum, part) => sum + part.length, 0);
  }

  /** One value a place, in order. A template without places gives the same buffer each time: do not write to it. */
  fill(...values: readonly string[]): Buffer {
    const first = this.parts[0] as Buffer;
    if (values.length === 0) return first;
    let bytes = this.sharedBytes;
    for (const value of values) bytes += value.length;
    const body = Buffer.allocUnsafe(bytes);
    let at = first.copy(body, 0);
    for (let index = 0; index < values.length; index += 1) {
      at += body.write(values[index] as string, at, 'latin1');
      at += (this.parts[index + 1] as Buffer).copy(body, at);
    }
    return body;
  }
}
