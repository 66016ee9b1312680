import { key } from '../../key';
import { checkedText } from '../../leaves/texts';
import { Secret } from '../../secret';

/** Where a maker reports what became of a message, within the maker's limit. It ends in the secret of the receipts. */
export function callbackUrl(maxLength: number) {
  const expected = `a URL https://host/receipts/PROVIDER/APP/SECRET of at most ${maxLength} characters`;
  const schema = checkedText(expected, (value) => {
    if (value.length > maxLength || !URL.canParse(value)) return null;
    const { protocol, pathname, username } = new URL(value);
    const isOurs = protocol === 'https:' && username === '' && /\/receipts(\/[^/]+){3}$/.test(pathname);
    return isOurs ? Secret.ofUrl(value) : null;
  });
  return key(schema.nullable().default(null), { secret: true });
}
