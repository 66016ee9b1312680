const longest = 64;

/**
 * The IANA name of a time zone as IANA or a platform spells it (`Asia/Shanghai`, `UTC`, `GMT+08:00`, `GMT+0800`, `UTC+8`); null
 * when it cannot be read. Offsets of whole hours have an IANA name, whose sign is the other way around.
 */
export function readTimeZone(name: string): string | null {
  const trimmed = name.trim();
  if (trimmed.length > longest) return null;
  const offset = /^(?:GMT|UTC)?([+-])(\d{1,2})(?::?00)?$/i.exec(trimmed);
  if (offset !== null) {
    const hours = Number(offset[2]);
    if (hours === 0) return 'UTC';
    const known = `Etc/GMT${offset[1] === '+' ? '-' : '+'}${String(hours)}`;
    return isKnown(known) ? known : null;
  }
  return /^[A-Za-z][A-Za-z0-9_+/-]*$/.test(trimmed) && isKnown(trimmed) ? trimmed : null;
}

function isKnown(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
