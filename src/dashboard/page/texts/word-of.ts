/** What a person calls a code of the API; the code itself where the relay is newer than the page. */
export function wordOf(words: Readonly<Record<string, string>>, code: string): string {
  return words[code] ?? code;
}
