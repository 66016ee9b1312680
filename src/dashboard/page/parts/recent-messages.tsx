import { path } from '../request';
import { hrefOf } from '../route';
import { useFormats, useTexts } from '../texts/language';
import { wordOf } from '../texts/word-of';
import { useAnswer } from '../use-answer';
import { Sampled } from './sampled';
import { Table } from './table';
import type { Trace } from './trace';
import { Trouble } from './trouble';
import { Whole } from './whole';

export function RecentMessages({ uid }: { uid: string }) {
  const { messages, loading, none } = useTexts();
  const { time } = useFormats();
  const answer = useAnswer<{ items: readonly Trace[]; since: string; sample: number }>(
    `${path`/v1/users/${uid}/recent`}?limit=50`,
  );
  if (answer.kind === 'loading') return <p role="status">{loading}</p>;
  if (answer.kind === 'failed') {
    if (answer.error?.code === 'not_found') return <p>{messages.noTraces}</p>;
    return <Trouble error={answer.error} />;
  }
  const { since, sample } = answer.value;
  return (
    <>
      <Sampled sample={sample} />
      <Table
        caption={messages.recentOf(uid)}
        columns={[messages.messageId, messages.counts, messages.device, messages.received, messages.from]}
        rows={answer.value.items.map((trace) => {
          const own = trace.recipients.filter((recipient) => recipient.uid === uid);
          return {
            key: trace.message_id,
            cells: [
              <a href={hrefOf('messages', trace.message_id)}>{trace.message_id}</a>,
              own
                .map(({ result, detail = '' }) =>
                  [wordOf(messages.results, result), messages.detailOf(detail, time) ?? detail]
                    .filter(Boolean)
                    .join(': '),
                )
                .join(', '),
              own
                .flatMap(({ devices }) => devices)
                .map(({ device_id: device, state }) => `${device}: ${wordOf(messages.states, state)}`)
                .join(', '),
              <Whole>{time(trace.received_at)}</Whole>,
              trace.from_uid ?? none,
            ],
          };
        })}
        empty={sample < 1 ? none : messages.noRecent(time(since))}
      />
    </>
  );
}
