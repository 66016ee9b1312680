import { z } from 'zod';
import { key } from '../key';
import { secretText } from '../leaves/secrets';
import type { Secret } from '../secret';

/** What vendors report after they have accepted a push. */
export interface ReceiptsConfig {
  /** Part of the path; null: the relay takes no receipts. */
  readonly secret: Secret | null;
}

export const receiptsSchema = z.strictObject({
  secret: key(
    secretText('16 to 256 letters, digits or - . _ ~, because it is a part of a URL', /^[\w.~-]{16,256}$/)
      .nullable()
      .default(null),
    { env: 'RECEIPTS_SECRET', secret: true },
  ),
});
