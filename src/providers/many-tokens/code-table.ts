import type { Outcome } from '../../domain/outcome';
import { shown } from '../wire/foreign-answer';
import { tidyReason } from '../access-token/token-source';
import { quotaAgainAtMs } from './end-of-day';
import type { Verdict } from './vendor';

/** What a vendor said besides the HTTP status. */
export interface VendorSaid {
  /** As text: vendors write the same code as a number and as a string. */
  readonly code: string;
  /** In the vendor's words, which may repeat a device token or a text of ours; empty where it says none. */
  readonly message: string;
  /** As the answer asks by Retry-After; null where it does not. */
  readonly retryAfterMs: number | null;
  readonly nowMs: number;
  /** What the HTTP status means, for a code that the table does not name. */
  readonly byStatus?: Meaning | undefined;
}

/** What one code means for the whole call. */
export type Meaning = (said: VendorSaid) => Verdict;

export type CodeTable = Readonly<Record<string, Meaning>>;

/**
 * The codes of a vendor. Where the table does not name one, the HTTP status decides. Where that says nothing, it is tried again a
 * few times, as ambiguous, and then becomes a dead letter with the code in its reason: it removes no device token and pauses
 * nothing.
 */
export function verdictOf(table: CodeTable, said: VendorSaid): Verdict {
  const meaning = Object.hasOwn(table, said.code) ? table[said.code] : undefined;
  return (meaning ?? said.byStatus ?? unknownCode)(said);
}

/** For each meaning the vendor's codes, which blanks separate. */
export function codeTable(named: { readonly [Name in MeaningName]?: string }): CodeTable {
  return Object.assign(
    {},
    ...Object.entries(named).map(([name, text]) => codes(meanings[name as MeaningName], text)),
  ) as CodeTable;
}

/** The same for a meaning of the vendor's own. */
export function codes(meaning: Meaning, named: string): CodeTable {
  return Object.fromEntries(named.split(' ').map((code) => [code, meaning]));
}

const all = (outcome: Outcome): Verdict => ({ kind: 'all', outcome });

/** What codes mean. */
export const meanings = {
  /** Our request is wrong, whatever the device. */
  badPayload: (said) => all({ kind: 'rejected', reason: wordsOf(said), blame: 'payload' }),
  /** A device token of another app, or one that this app may not use: the device is kept, and suspended after five in a row. */
  foreignToken: ({ code }) => all({ kind: 'rejected', reason: code, blame: 'topic' }),
  /** What the operator has to fix, in the vendor's words. */
  misconfigured: (said) => all({ kind: 'misconfigured', reason: wordsOf(said) }),
  /** The credential is renewed once; refused again, it is misconfigured. */
  expiredCredential: (said) => ({
    ...all({ kind: 'misconfigured', reason: wordsOf(said) }),
    then: 'renew_credential',
  }),
  throttled: ({ code, retryAfterMs }) =>
    all({ kind: 'throttled', reason: code, scope: 'project', retryAfterMs }),
  unavailable: ({ code, retryAfterMs }) =>
    all({ kind: 'unavailable', reason: code, ambiguous: false, retryAfterMs }),
  /** The quota of the day is used up. */
  exhaustedToday: (said) =>
    all({ kind: 'exhausted', reason: wordsOf(said), untilMs: quotaAgainAtMs(said.nowMs) }),
  allInvalid: ({ code }) => ({ kind: 'all_invalid', reason: code }),
} satisfies Readonly<Record<string, Meaning>>;

export type MeaningName = keyof typeof meanings;

const unknownCode: Meaning = (said) =>
  all({
    kind: 'unavailable',
    reason: `unknown code ${wordsOf(said)}`,
    ambiguous: true,
    retryAfterMs: said.retryAfterMs,
  });

function wordsOf({ code, message }: VendorSaid): string {
  const words = shown(message, 120);
  return tidyReason(words === '' ? code : `${code}: ${words}`);
}
