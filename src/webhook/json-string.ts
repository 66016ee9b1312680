const backslash = 0x5c;

/** Index of the quote that closes the JSON string opened at `openIndex`; -1 when the text ends before. */
export function closingQuote(text: string, openIndex: number): number {
  let quote = text.indexOf('"', openIndex + 1);
  while (quote !== -1) {
    let slashes = 0;
    while (text.charCodeAt(quote - 1 - slashes) === backslash) slashes++;
    if (slashes % 2 === 0) return quote;
    quote = text.indexOf('"', quote + 1);
  }
  return -1;
}
