import { path } from '../request';
import { hrefOf } from '../route';
import { useFormats, useTexts } from '../texts/language';
import { useAnswer } from '../use-answer';
import { Table } from './table';
import type { Trace } from './trace';
import { Trouble } from './trouble';

export function RecentMessages({ uid }: { uid: string }) {
  const { messages, loading, none } = useTexts();
  const { time } = useFormats();
  const answer = useAnswer<{ items: readonly Trace[] }>(`${path`/v1/users/${uid}/recent`}?limit=50`);
  if (answer.kind === 'loading') return <p role="status">{loading}</p>;
  if (answer.kind === 'failed') {
    if (answer.error?.code === 'not_found') return <p>{messages.noTraces}</p>;
    return <Trouble error={answer.error} />;
  }
  return (
    <Table
      caption={messages.recentOf(uid)}
      columns={[messages.messageId, messages.received, messages.from, messages.counts, messages.device]}
      rows={answer.value.items.map((trace) => {
        const own = trace.recipients.filter((recipient) => recipient.uid === uid);
        return {
          key: trace.message_id,
          cells: [
            <a href={hrefOf('messages', trace.message_id)}>{trace.message_id}</a>,
            time(trace.received_at),
            trace.from_uid ?? none,
            own.map(({ result, detail }) => [result, detail].filter(Boolean).join(': ')).join(', '),
            own
              .flatMap(({ devices }) => devices)
              .map(({ device_id: device, state }) => `${device}: ${state}`)
              .join(', '),
          ],
        };
      })}
      empty={messages.noRecent}
    />
  );
}
