import { Fault } from './leaf';
import { checkedText, isHostName } from './texts';

const noCredentials = 'without user and password, query and fragment';

/** What is wrong with the URL of a service that the relay calls; null: nothing. */
function urlFault(value: string, protocols: readonly string[], expected: string): Fault | null {
  if (value.includes('${')) return new Fault(`${expected}; this holds a variable that nothing has expanded`);
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || !/^[a-z]+:\/\/[^/]/i.test(value) || !protocols.includes(url.protocol))
    return new Fault(expected);
  if (url.username !== '' || url.password !== '')
    return new Fault(`${expected}; this one carries a user or a password`);
  if (/[?#]/.test(value)) return new Fault(`${expected}; this one carries a query or a fragment`);
  if (url.port === '0' || !isHostName(url.hostname.replace(/^\[(.*)\]$/, '$1'))) return new Fault(expected);
  return null;
}

/** `https://host[:port][/path]`, without a trailing slash. */
export function httpsUrl() {
  const expected = `a URL https://host[:port][/path], ${noCredentials}`;
  return checkedText(
    expected,
    (value) => urlFault(value, ['https:'], expected) ?? new URL(value).href.replace(/\/+$/, ''),
  );
}
