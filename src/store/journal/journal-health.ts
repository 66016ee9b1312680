import { failureText } from '../ports/errors';
import type { StoreFinding } from '../ports/store';
import type { JournalFile } from './journal-file';
import type { StandIn } from './stand-in';
import { within } from './within';

export interface HealthParts {
  readonly storeName: string;
  readonly storeHealth: () => Promise<readonly StoreFinding[]>;
  readonly file: JournalFile;
  readonly standIn: StandIn;
  readonly setAside: () => number;
  /** Whoever asks for the health does not wait longer for the store. */
  readonly deadlineMs: number;
}

/**
 * What ails store and journal together. As long as one of them takes webhooks, nothing is worse than degraded: taking the
 * process out of service would only lose what it could have kept.
 */
export async function journaledHealth(parts: HealthParts): Promise<StoreFinding[]> {
  const { file, standIn } = parts;
  const noAnswer: StoreFinding = {
    name: 'store',
    severity: 'unavailable',
    detail: `${parts.storeName} does not answer in time`,
  };
  const [store, journal] = await Promise.all([
    standIn.answers ? asked(parts, noAnswer) : [noAnswer],
    file.health(),
  ]);
  const storeRefuses = store.some(({ severity }) => severity === 'unavailable');
  const journalRefuses = journal.some(({ severity }) => severity === 'unavailable');
  const eased = (finding: StoreFinding): StoreFinding =>
    storeRefuses && journalRefuses ? finding : { ...finding, severity: 'degraded' };
  const known = standIn.answers ? store : store.filter((finding) => finding !== noAnswer);
  return [
    ...standingIn(parts, journalRefuses).map(eased),
    ...known.map(eased),
    ...journal.map((finding) => eased({ ...finding, name: `journal.${finding.name}` })),
  ];
}

function standingIn(
  { storeName, file, standIn, setAside }: HealthParts,
  journalRefuses: boolean,
): StoreFinding[] {
  const findings: StoreFinding[] = [];
  const found = (detail: string): void =>
    void findings.push({ name: 'journal', severity: standIn.answers ? 'degraded' : 'unavailable', detail });
  const aside = setAside();
  const waiting = file.waiting('log') - aside;
  const { outage } = standIn;
  if (outage !== null && !standIn.answers) {
    const since = new Date(outage.sinceMs).toISOString();
    const kept = journalRefuses ? 'and the journal takes no more' : 'webhooks are kept on disk';
    found(`${storeName} does not answer since ${since} (${outage.reason}); ${kept}, ${waiting} entries wait`);
  } else if (!standIn.answers) {
    found(`${waiting} entries that an earlier run kept on disk wait for ${storeName}`);
  } else if (!standIn.isDirect) {
    found(`${storeName} answers again; ${waiting} entries that were kept on disk are being handed on`);
  }
  if (aside > 0) found(`${storeName} rejects ${aside} entries of the journal; the log says why`);
  const copies = file.waiting('copies');
  if (copies > 0)
    found(
      `no replica has confirmed ${copies} entries that ${storeName} took; copies are kept on disk; look at the replicas`,
    );
  return findings;
}

async function asked(
  { storeHealth, deadlineMs }: HealthParts,
  noAnswer: StoreFinding,
): Promise<readonly StoreFinding[]> {
  try {
    return (await within(storeHealth(), deadlineMs)) ?? [noAnswer];
  } catch (error) {
    return [{ ...noAnswer, detail: failureText(error) }];
  }
}
