const longest = 128;

/**
 * The canonical BCP 47 tag of a locale as BCP 47 or a platform spells it; null when it cannot be read.
 *
 * - Java and Android: `zh_CN`, `zh_CN_#Hans`, `zh__#Hans`, `ja_JP_JP_#u-ca-japanese`, resource folders `zh-rCN`, `b+zh+Hans+CN`.
 * - iOS: `zh-Hans_CN`, `en_US@calendar=gregorian`.
 * - POSIX: `en_US.UTF-8`, `sr_RS@latin`, `C`, `POSIX`.
 * - Browsers: `zh-CN,zh;q=0.9`, of which the first counts.
 */
export function readLocale(tag: string): string | null {
  if (tag.length > longest) return null;
  const [first = ''] = tag.trim().split(/[,;]/, 1);
  const [name = '', modifier = ''] = first.trim().split('@', 2);
  const plain = (name.split('.', 1)[0] ?? '').replace(/^b\+/, '').replaceAll(/[_+]/g, '-');
  // The names that ICU has for the locale without a language.
  if (/^(?:c|posix)$/i.test(plain)) return 'en-US-u-va-posix';
  const [ids = '', extension] = plain.split('#', 2);
  const parts = ids.split('-').filter((part) => part !== '');
  return assemble(parts, scriptOf(extension) ?? scriptOf(scripts.get(modifier.toLowerCase())), extension);
}

/** Modifiers of POSIX that mean a script. */
const scripts: ReadonlyMap<string, string> = new Map([
  ['latin', 'Latn'],
  ['cyrillic', 'Cyrl'],
  ['devanagari', 'Deva'],
]);

function scriptOf(text: string | undefined): string | undefined {
  const [script = ''] = (text ?? '').split('-', 1);
  return /^[a-z]{4}$/i.test(script) ? script : undefined;
}

/** Subtags in the order of BCP 47, whatever their order was: language, script, region. Variants are of no use here. */
function assemble(
  [language = '', ...rest]: readonly string[],
  script: string | undefined,
  extension: string | undefined,
): string | null {
  if (!/^[a-z]{2,3}$/i.test(language)) return null;
  // `chs` and `cht` are what Windows called the scripts; `rCN` is how Android's folders say a region.
  const windows = /^zh-ch([st])$/i.exec([language, rest[0]].join('-'))?.[1]?.toLowerCase();
  // Behind a single letter come extensions, whose parts look alike: `zh-u-nu-hant` counts in traditional numerals.
  const end = rest.findIndex((part) => part.length === 1);
  const own = end === -1 ? rest : rest.slice(0, end);
  const found = script ?? own.find((part) => /^[a-z]{4}$/i.test(part));
  const written = windows === undefined ? found : windows === 's' ? 'Hans' : 'Hant';
  const region = own
    .map((part) => part.replace(/^r(?=[A-Z]{2}$)/, ''))
    .find((part) => /^(?:[a-z]{2}|\d{3})$/i.test(part));
  const unicode = /(?:^|-)(u(?:-[a-z0-9]{2,8})+)$/i.exec(extension ?? rest.join('-'))?.[1];
  const tag = [language, written, region, unicode].filter((part) => part !== undefined).join('-');
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? null;
  } catch {
    return null;
  }
}
