/** What others wrote (servers, systems, libraries), fit for a log line or an answer: one line of printable characters, bounded. */
export function shortText(text: string, maxLength = 300): string {
  const printable = text
    .slice(0, maxLength * 2)
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return printable.length <= maxLength && text.length <= maxLength * 2
    ? printable
    : `${printable.slice(0, maxLength - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
