import { hrefOf } from '../route';
import { useFormats, useTexts } from '../texts/language';
import { useAnswer, useTick } from '../use-answer';
import { Table } from './table';
import type { Message } from './trace';
import { Trouble } from './trouble';

/** The relay reads the whole trace of each message for it. */
const refreshMs = 30_000;

export function LatestMessages() {
  const { messages, loading, none } = useTexts();
  const { time } = useFormats();
  const answer = useAnswer<{ items: readonly Message[] }>('/v1/messages?limit=25', useTick(refreshMs));
  if (answer.kind === 'loading') return <p role="status">{loading}</p>;
  if (answer.kind === 'failed') return <Trouble error={answer.error} />;
  return (
    <Table
      caption={messages.latest}
      columns={[
        messages.messageId,
        messages.received,
        messages.from,
        messages.conversation,
        messages.source,
        messages.counts,
      ]}
      rows={answer.value.items.map((message) => ({
        key: message.message_id,
        cells: [
          <a href={hrefOf('messages', message.message_id)}>{message.message_id}</a>,
          time(message.received_at),
          message.from_uid ?? none,
          message.channel_id ?? none,
          message.source ?? none,
          Object.entries(message.counts)
            .map(([result, count]) => `${result}: ${count}`)
            .join(', '),
        ],
      }))}
      empty={messages.noLatest}
    />
  );
}
