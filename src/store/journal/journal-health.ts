import { failureText } from '../ports/errors';
import type { StoreFinding } from '../ports/store';
import type { DurableQueue } from '../queue/durable-queue';
import type { DurableQueues } from '../queue/durable-queues';
import type { FailoverWriter } from './failover-writer';
import { within } from '../../shared/within';

const storeName = 'Redis';

export interface HealthParts {
  readonly storeHealth: () => Promise<readonly StoreFinding[]>;
  readonly queues: DurableQueues;
  readonly log: DurableQueue;
  readonly copies: DurableQueue;
  readonly writer: FailoverWriter;
  /** Whoever asks for the health does not wait longer for the store. */
  readonly deadlineMs: number;
}

/**
 * What ails store and journal together. As long as one of them takes webhooks, nothing is worse than degraded: taking the
 * process out of service would only lose what it could have kept.
 */
export async function journaledHealth(parts: HealthParts): Promise<StoreFinding[]> {
  const { answers } = parts.writer.drain;
  const noAnswer: StoreFinding = {
    name: 'store',
    severity: 'unavailable',
    detail: `${storeName} does not answer in time`,
  };
  const [store, journal] = await Promise.all([asked(parts, noAnswer), parts.queues.health()]);
  const refusal = store.find(({ severity }) => severity === 'unavailable');
  const storeRefuses = !answers || refusal !== undefined;
  const journalRefuses = journal.some(({ severity }) => severity === 'unavailable');
  const eased = (finding: StoreFinding): StoreFinding =>
    storeRefuses && journalRefuses ? finding : { ...finding, severity: 'degraded' };
  // The outage began with what its first append met; the store knows by now why it is away.
  const reason = (refusal === noAnswer ? undefined : refusal?.detail) ?? parts.writer.outage?.reason ?? null;
  return [
    ...failover(parts, journalRefuses, reason).map(eased),
    ...(answers ? store : []).map(eased),
    ...journal.map((finding) => eased({ ...finding, name: `journal.${finding.name}` })),
  ];
}

function failover(
  { log, copies, writer }: HealthParts,
  journalRefuses: boolean,
  reason: string | null,
): StoreFinding[] {
  const { outage, isDirect, drain } = writer;
  const { answers, blocked } = drain;
  const findings: StoreFinding[] = [];
  const found = (detail: string): void =>
    void findings.push({ name: 'journal', severity: answers ? 'degraded' : 'unavailable', detail });
  const refused = drain.setAside - blocked;
  const waiting = log.depth - refused;
  const because = reason === null ? '' : ` (${reason})`;
  if (outage !== null && !answers) {
    const since = new Date(outage.sinceMs).toISOString();
    const kept = journalRefuses ? 'and the journal takes no more' : 'webhooks are kept on disk';
    found(`${storeName} does not answer since ${since}${because}; ${kept}, ${waiting} entries wait`);
  } else if (!answers) {
    found(`${waiting} entries that an earlier run kept on disk wait for ${storeName}${because}`);
  } else if (!isDirect) {
    found(`${storeName} answers again; ${waiting} entries that were kept on disk are being handed on`);
  }
  if (refused > 0) found(`${storeName} rejects ${refused} entries of the journal; the log says why`);
  if (copies.depth > 0)
    found(
      `no replica has confirmed ${copies.depth} entries that ${storeName} took; copies are kept on disk; look at the replicas`,
    );
  return findings;
}

async function asked(
  { storeHealth, deadlineMs }: HealthParts,
  noAnswer: StoreFinding,
): Promise<readonly StoreFinding[]> {
  try {
    return (await within(deadlineMs, storeHealth(), null)) ?? [noAnswer];
  } catch (error) {
    return [{ ...noAnswer, detail: failureText(error) }];
  }
}
