import { z } from 'zod';
import { key } from '../../key';
import { asText, Fault, leaf } from '../../leaves/leaf';
import { secretText } from '../../leaves/secrets';
import { checkedText, text } from '../../leaves/texts';
import { httpsUrl } from '../../leaves/urls';
import type { Secret } from '../../secret';
import { proxyUrl } from '../endpoint';
import type { MissingPaperwork } from './maker';

/** For both of Huawei's push services. */
export function missingForHuawei({
  category,
}: {
  readonly category: string | null;
}): readonly MissingPaperwork[] {
  return category === null ? [unsorted] : [];
}

const unsorted: MissingPaperwork = {
  key: 'category',
  message:
    'without a category Huawei sorts by content, mostly into marketing: no sound, and 2 messages per device and day. Apply for self-classification (AppGallery Connect, Push Kit) and set IM',
};

/** An id as a console shows it; a number may stand unquoted. */
export function consoleId() {
  return text('an id as the console shows it, without blanks', /^[\x21-\x7e]{1,128}$/)
    .nullable()
    .default(null);
}

export function consoleSecret() {
  return key(
    secretText('a secret as the console shows it, without blanks', /^[\x21-\x7e]{1,512}$/)
      .nullable()
      .default(null),
    { secret: true },
  );
}

/** A classification; `none`: the maker sorts by content. */
export function category() {
  return leaf((value): string | null | Fault => {
    const written = asText(value) ?? '';
    if (written.toLowerCase() === 'none') return null;
    return /^[A-Z][A-Z_]{0,63}$/.test(written)
      ? written
      : new Fault('a category in capitals like IM, or none');
  });
}

export function channelId() {
  return text('the id of a notification channel', /^[^\p{C}]{1,128}$/u)
    .nullable()
    .default(null);
}

/** The places that a template for clicks may hold. */
const places = ['channel_id', 'channel_type', 'message_id', 'app'];

/** `scheme`: how it has to begin. */
export function clickTemplate(scheme: RegExp, begins: string) {
  const expected = `a text that begins with ${begins}, with any of ${places.map((name) => `{${name}}`).join(', ')}`;
  return checkedText(expected, (value) => {
    if (!scheme.test(value) || /[\p{C}\s]/u.test(value) || value.length > 1024) return null;
    const unknown = [...value.matchAll(/\{([^}]*)\}/g)].find(([, name = '']) => !places.includes(name));
    return unknown === undefined ? value : new Fault(`${expected}; ${unknown[0]} is none of them`);
  })
    .nullable()
    .default(null);
}

/** The launcher activity, whose icon shows the badge. */
export function activity() {
  return text('the full name of an activity like com.example.chat.MainActivity', /^[\w$]+(\.[\w$]+)+$/)
    .nullable()
    .default(null);
}

/** Base URLs of a maker, `https://host[:port][/path]`; the relay adds the paths. */
export function makerUrl(usual: string) {
  return httpsUrl().default(usual);
}

export function makerProxy() {
  return key(proxyUrl().nullable().default(null), { secret: true });
}

/** What the console has for a receipt address. */
export const receiptSchema = z
  .strictObject({
    id: consoleId(),
    user: consoleId(),
    key: consoleSecret(),
  })
  .prefault({});

export interface ReceiptConfig {
  /** Names the receipt address with each push; null: the app's own. */
  readonly id: string | null;
  /** Both, or neither: signs receipts. */
  readonly user: string | null;
  readonly key: Secret | null;
}
