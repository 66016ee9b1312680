import { useState } from 'preact/hooks';
import { LatestMessages } from '../parts/latest-messages';
import { LookUp } from '../parts/look-up';
import { RecentMessages } from '../parts/recent-messages';
import { tracePath, type Trace, type TracedRecipient } from '../parts/trace';
import { TraceView } from '../parts/trace-view';
import { Trouble } from '../parts/trouble';
import { call } from '../request';
import { hrefOf, recentHref } from '../route';
import { useTexts } from '../texts/language';
import { useAnswer, useTick } from '../use-answer';

/** What is under way goes on while somebody looks at it. */
const refreshMs = 2000;

export function Messages({ id, uid }: { id: string | null; uid: string | null }) {
  const { messages } = useTexts();
  return (
    <>
      <p class="hint">{messages.explain}</p>
      <div class="columns">
        <LookUp
          label={messages.messageId}
          submit={messages.find}
          value={id ?? ''}
          find={(text) => (location.hash = hrefOf('messages', text))}
        />
        <LookUp
          label={messages.uid}
          submit={messages.find}
          value={uid ?? ''}
          find={(text) => (location.hash = recentHref(text))}
        />
      </div>
      {id !== null && <Message key={id} id={id} />}
      {id === null && uid !== null && (
        <section aria-labelledby="recent">
          <h2 id="recent">{messages.recentOf(uid)}</h2>
          <RecentMessages uid={uid} />
        </section>
      )}
      {id === null && uid === null && <LatestMessages />}
    </>
  );
}

function Message({ id }: { id: string }) {
  const { messages, loading } = useTexts();
  const [more, setMore] = useState<{ recipients: readonly TracedRecipient[]; cursor: string | null } | null>(
    null,
  );
  const answer = useAnswer<Trace>(tracePath(id), useTick(refreshMs));
  if (answer.kind === 'loading') return <p role="status">{loading}</p>;
  if (answer.kind === 'failed') {
    // A relay without this route says that the path does not exist.
    if (answer.error?.code === 'not_found') return <p role="status">{messages.noTraces}</p>;
    if (answer.error?.status === 404)
      return (
        <p role="alert">
          {messages.notFound} <span lang="en">{answer.error.message}</span>
        </p>
      );
    return <Trouble error={answer.error} />;
  }
  const { value: first } = answer;
  const cursor = more === null ? (first.next_cursor ?? null) : more.cursor;
  const recipients = [...first.recipients, ...(more?.recipients ?? [])];
  const load = async (at: string): Promise<void> => {
    const next = await call<Trace>('GET', `${tracePath(id)}?cursor=${encodeURIComponent(at)}`);
    setMore({
      recipients: [...(more?.recipients ?? []), ...next.recipients],
      cursor: next.next_cursor ?? null,
    });
  };
  return (
    <section aria-labelledby="trace">
      <h2 id="trace">{messages.traceOf(id)}</h2>
      <TraceView trace={{ ...first, recipients }} />
      {cursor !== null && (
        <button type="button" onClick={() => void load(cursor)}>
          {messages.more}
        </button>
      )}
    </section>
  );
}
