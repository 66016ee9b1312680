import { Table } from '../parts/table';
import { Trouble } from '../parts/trouble';
import { useTexts } from '../texts/language';
import { useAnswer } from '../use-answer';

interface ShownKey {
  readonly key: string;
  readonly value: string | null;
  readonly source: string | null;
}

export function Configuration() {
  const { configuration, loading, none } = useTexts();
  const answer = useAnswer<{ items: readonly ShownKey[] }>('/dashboard/configuration');
  if (answer.kind === 'loading') return <p role="status">{loading}</p>;
  if (answer.kind === 'failed') return <Trouble error={answer.error} />;
  const rowsOf = (items: readonly ShownKey[]) =>
    items.map(({ key, value, source }) => ({
      key,
      cells: [
        <code>{key}</code>,
        <span class="value">{value ?? none}</span>,
        ...(source === null ? [] : [source]),
      ],
    }));
  const { items } = answer.value;
  return (
    <>
      <p class="hint">{configuration.explain}</p>
      <h2>{configuration.set}</h2>
      <Table
        caption={configuration.set}
        columns={[configuration.key, configuration.value, configuration.source]}
        rows={rowsOf(items.filter(({ source }) => source !== null))}
        empty={configuration.nothingSet}
      />
      <h2>{configuration.defaults}</h2>
      <Table
        caption={configuration.defaults}
        columns={[configuration.key, configuration.value]}
        rows={rowsOf(items.filter(({ source }) => source === null))}
        empty=""
      />
    </>
  );
}
