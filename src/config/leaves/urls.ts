import { Secret } from '../secret';
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

/** `https://host[:port][/path]`, without a trailing slash. `hintOf`: what an address is that cannot be meant; null: nothing. */
export function httpsUrl(hintOf: (url: URL) => string | null = () => null) {
  const expected = `a URL https://host[:port][/path], ${noCredentials}`;
  return checkedText(expected, (value) => {
    const fault = urlFault(value, ['https:'], expected);
    if (fault !== null) return fault;
    const hint = hintOf(new URL(value));
    return hint === null ? new URL(value).href.replace(/\/+$/, '') : new Fault(`${expected}; ${hint}`);
  });
}

const serviceForm = 'a URL http://[user:password@]host[:port][/path], or https://…, without a fragment';

/** `http(s)://[user:password@]host[:port][/path][?query]` of a service of the house; all of it but the host may be a secret. */
export function serviceUrl() {
  return checkedText(serviceForm, (value) => readServiceUrl(value, serviceForm));
}

/** As {@link serviceUrl}, of a receiver of webhooks; or `grpc://host:port`. */
export function receiverUrl() {
  const expected = `${serviceForm}; or grpc://host:port`;
  return checkedText(expected, (value) => {
    const url = URL.canParse(value) ? new URL(value) : null;
    if (url?.protocol !== 'grpc:') return readServiceUrl(value, expected);
    const fault = urlFault(value, ['grpc:'], expected);
    if (fault !== null) return fault;
    if (url.port === '') return new Fault(`${expected}; this one has no port`);
    if (!['', '/'].includes(url.pathname)) return new Fault(`${expected}; this one carries a path`);
    return Secret.ofUrl(`grpc://${url.host}`);
  });
}

function readServiceUrl(value: string, expected: string): Secret | Fault | null {
  if (value.includes('${')) return new Fault(`${expected}; this holds a variable that nothing has expanded`);
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || !/^https?:\/\/[^/]/i.test(value) || value.includes('#')) return null;
  if (url.port === '0' || !isHostName(url.hostname.replace(/^\[(.*)\]$/, '$1'))) return null;
  if (/%(?![0-9a-f]{2})/i.test(url.username + url.password))
    return new Fault(`${expected}; in a user or password, write % as %25, @ as %40, / as %2F`);
  return Secret.ofUrl(url.href);
}

/** A service of the house, which may speak HTTP without TLS: `http[s]://host[:port][/path]`, as it is called. */
export function webUrl() {
  const expected = `a URL http[s]://host[:port][/path], ${noCredentials}`;
  return checkedText(
    expected,
    (value) => urlFault(value, ['http:', 'https:'], expected) ?? new URL(value).href,
  );
}

/** `https://host[:port]` as browsers send it in `Origin`. */
export function browserOrigin() {
  const expected = 'an origin https://host[:port], or http://…, without a path';
  return checkedText(expected, (value) => {
    if (value === '*') return new Fault(`${expected}; * would let every page read answers`);
    const url = URL.canParse(value) ? new URL(value) : null;
    if (url === null || !/^https?:\/\/[^/]/i.test(value)) return null;
    const { origin, href } = url;
    return href === `${origin}/` && isHostName(url.hostname.replace(/^\[(.*)\]$/, '$1')) ? origin : null;
  });
}
