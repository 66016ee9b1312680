import { hrefOf } from '../route';
import { useFormats, useTexts } from '../texts/language';
import { wordOf } from '../texts/word-of';
import { useAnswer, useTick } from '../use-answer';
import { Counts } from './counts';
import { Sampled } from './sampled';
import { Table } from './table';
import type { Message } from './trace';
import { Trouble } from './trouble';
import { Whole } from './whole';

/** The relay takes some milliseconds for it. */
const refreshMs = 10_000;

export function LatestMessages() {
  const { messages, loading, none } = useTexts();
  const { time } = useFormats();
  const answer = useAnswer<{ items: readonly Message[]; sample: number }>(
    '/v1/messages?limit=25',
    useTick(refreshMs),
  );
  if (answer.kind === 'loading') return <p role="status">{loading}</p>;
  if (answer.kind === 'failed') return <Trouble error={answer.error} />;
  return (
    <>
      <Sampled sample={answer.value.sample} />
      <Table
        caption={messages.latest}
        columns={[
          messages.messageId,
          // Before what is cut off on a phone.
          messages.counts,
          messages.received,
          messages.from,
          messages.conversation,
          messages.source,
        ]}
        rows={answer.value.items.map((message) => ({
          key: message.message_id,
          cells: [
            <a href={hrefOf('messages', message.message_id)}>{message.message_id}</a>,
            <Counts counts={message.counts} />,
            <Whole>{time(message.received_at)}</Whole>,
            message.from_uid ?? none,
            message.channel_id ?? none,
            message.source === null ? none : wordOf(messages.sources, message.source),
          ],
        }))}
        empty={messages.noLatest}
      />
    </>
  );
}
