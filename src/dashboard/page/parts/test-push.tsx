import { useState } from 'preact/hooks';
import { call, path, RequestError } from '../request';
import { useFormats, useTexts } from '../texts/language';
import { Detail } from './detail';
import { StateMark } from './state-mark';
import { Table } from './table';
import { Trouble } from './trouble';

interface Result {
  readonly device_id: string;
  readonly provider: string;
  readonly outcome: string;
  readonly reason?: string;
  readonly latency_ms: number;
}

type State =
  | { readonly kind: 'idle' | 'busy' }
  | { readonly kind: 'done'; readonly results: readonly Result[] }
  | { readonly kind: 'failed'; readonly error: RequestError | null };

export function TestPush({ uid, done }: { uid: string; done: () => void }) {
  const { users, none } = useTexts();
  const { seconds } = useFormats();
  const [state, setState] = useState<State>({ kind: 'idle' });
  const send = async (): Promise<void> => {
    setState({ kind: 'busy' });
    try {
      const { results } = await call<{ results: readonly Result[] }>(
        'POST',
        path`/v1/users/${uid}/test-push`,
      );
      setState({ kind: 'done', results });
      done();
    } catch (error) {
      setState({ kind: 'failed', error: error instanceof RequestError ? error : null });
    }
  };
  return (
    <>
      <button type="button" disabled={state.kind === 'busy'} onClick={() => void send()}>
        {state.kind === 'busy' ? users.testing : users.testPush}
      </button>
      {state.kind === 'failed' && <Trouble error={state.error} />}
      <div role="status">
        {state.kind === 'done' && (
          <Table
            caption={users.results}
            columns={[users.device, users.provider, users.outcome, users.reason, users.latency]}
            rows={state.results.map(({ device_id: id, provider, outcome, reason, latency_ms: ms }) => ({
              key: id,
              cells: [
                id,
                provider,
                <StateMark tone={outcome === 'accepted' ? 'good' : 'bad'} text={outcome} />,
                reason === undefined ? none : <Detail text={reason} />,
                seconds(ms / 1000),
              ],
            }))}
            empty={users.noResults}
          />
        )}
      </div>
    </>
  );
}
