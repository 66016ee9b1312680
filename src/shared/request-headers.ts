import { createHmac } from 'node:crypto';

/** The value of `X-Signature-256`: `sha256=<hex HMAC-SHA256 of the body>`. */
export function bodySignature(secret: string, body: Buffer | string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** The Basic credentials of a URL's user and password (RFC 7617), percent-decoded where they can be; null: it has neither. */
export function basicAuthorization({ username, password }: URL): string | null {
  if (username === '' && password === '') return null;
  const credentials = `${decoded(username)}:${decoded(password)}`;
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

/** A header's value that is passed on; null: none, or one that no request or answer can carry (it may hold what its sender never meant). */
export function passedOn(value: string | null | undefined): string | null {
  return value !== null && value !== undefined && /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/.test(value)
    ? value
    : null;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
