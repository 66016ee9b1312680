const longest = 64;

/**
 * The IANA name of a time zone as IANA or a platform spells it (`Asia/Shanghai`, `UTC`, `GMT+08:00`, `GMT+0800`, `UTC+8`); null
 * when it cannot be read. Offsets of whole hours have an IANA name, whose sign is the other way around; others are those of a zone
 * without daylight saving.
 */
export function readTimeZone(name: string): string | null {
  const trimmed = name.trim();
  if (trimmed.length > longest) return null;
  const offset = /^(?:GMT|UTC)?([+-])(\d{1,2}?)(?::?([0-5]\d))?$/i.exec(trimmed);
  if (offset !== null) {
    const [, sign = '', hours = '', minutes = '00'] = offset;
    if (minutes !== '00') return brokenOffsets[`${sign}${Number(hours)}:${minutes}`] ?? null;
    if (Number(hours) === 0) return 'UTC';
    const known = `Etc/GMT${sign === '+' ? '-' : '+'}${Number(hours)}`;
    return isKnown(known) ? known : null;
  }
  if (abbreviation.test(trimmed) && !abbreviationsOfIana.test(trimmed)) return null;
  return /^[A-Za-z][A-Za-z0-9_+/-]*$/.test(trimmed) && isKnown(trimmed) ? trimmed : null;
}

/** ICU still takes Java's old ones: `CST` is Chicago to it, and Shanghai to a phone there; `AST`, `BST` and `IST` are as bad. */
const abbreviation = /^[a-z]{3}$/i;
const abbreviationsOfIana = /^(?:CET|EET|EST|GMT|HST|MET|MST|PRC|ROC|ROK|UCT|UTC|WET)$/i;

const brokenOffsets: Readonly<Record<string, string>> = {
  '-9:30': 'Pacific/Marquesas',
  '+3:30': 'Asia/Tehran',
  '+4:30': 'Asia/Kabul',
  '+5:30': 'Asia/Kolkata',
  '+5:45': 'Asia/Kathmandu',
  '+6:30': 'Asia/Yangon',
  '+8:45': 'Australia/Eucla',
  '+9:30': 'Australia/Darwin',
};

function isKnown(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
