import { useState } from 'preact/hooks';
import { Detail } from '../parts/detail';
import { Table } from '../parts/table';
import { Trouble } from '../parts/trouble';
import { Whole } from '../parts/whole';
import { call, RequestError } from '../request';
import { hrefOf } from '../route';
import { useFormats, useTexts } from '../texts/language';
import { useAnswer } from '../use-answer';

interface DeadLetter {
  readonly id: string;
  readonly at: string;
  readonly source: string;
  readonly reason: string;
  readonly detail: string | null;
  readonly message_id: string | null;
  readonly route: string | null;
  readonly recipients: readonly { readonly uid: string; readonly device_id: string | null }[];
}

interface Page {
  readonly items: readonly DeadLetter[];
  readonly next_cursor?: string;
}

interface Report {
  readonly replayed: number;
  readonly skipped: number;
  readonly skipped_reasons: Readonly<Record<string, number>>;
  readonly next_cursor?: string;
}

const ageSeconds = { hour: 3600, day: 86_400, week: 604_800 } as const;
type Age = keyof typeof ageSeconds;

const recipientsShown = 3;

export function DeadLetters() {
  const { deadLetters: texts, loading } = useTexts();
  const [version, setVersion] = useState(0);
  const [cursor, setCursor] = useState<string | null>(null);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const query = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
  const answer = useAnswer<Page>(`/v1/dead-letters?limit=50${query}`, version);
  const show = (next: string | null): void => {
    setSelected(new Set());
    setCursor(next);
    setVersion(version + 1);
  };
  const page = answer.kind === 'loaded' ? answer.value : null;
  const next = page?.next_cursor;
  return (
    <>
      <p class="hint">{texts.explain}</p>
      <Replay
        selected={selected}
        isEmpty={page?.items.length === 0 && cursor === null}
        done={() => show(null)}
      />
      {answer.kind === 'loading' && <p role="status">{loading}</p>}
      {answer.kind === 'failed' && <Trouble error={answer.error} />}
      {page !== null && <Letters page={page} selected={selected} select={setSelected} />}
      {next !== undefined && (
        <button type="button" onClick={() => show(next)}>
          {texts.more}
        </button>
      )}
    </>
  );
}

interface LettersProps {
  readonly page: Page;
  readonly selected: ReadonlySet<string>;
  readonly select: (ids: ReadonlySet<string>) => void;
}

function Letters({ page, selected, select }: LettersProps) {
  const { deadLetters: texts, none } = useTexts();
  const { time } = useFormats();
  const toggle = (id: string): void => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    select(next);
  };
  return (
    <Table
      caption={texts.message}
      columns={['✓', texts.at, texts.reason, texts.message, texts.recipients, texts.source, texts.route]}
      rows={page.items.map((letter) => ({
        key: letter.id,
        cells: [
          <input
            type="checkbox"
            aria-label={texts.select(letter.id)}
            checked={selected.has(letter.id)}
            onChange={() => toggle(letter.id)}
          />,
          <Whole>{time(letter.at)}</Whole>,
          <>
            <Detail text={letter.reason} /> <span lang="en">{letter.detail}</span>
          </>,
          letter.message_id === null ? (
            none
          ) : (
            <a href={hrefOf('messages', letter.message_id)}>{letter.message_id}</a>
          ),
          recipientsText(letter),
          letter.source,
          letter.route ?? none,
        ],
      }))}
      empty={texts.none}
    />
  );
}

function recipientsText({ recipients }: DeadLetter): string {
  const names = recipients
    .slice(0, recipientsShown)
    .map(({ uid, device_id: device }) => (device === null ? uid : `${uid}/${device}`));
  const others = recipients.length - names.length;
  return others > 0 ? `${names.join(', ')} + ${others}` : names.join(', ');
}

type Outcome =
  | { readonly kind: 'done'; readonly report: Report }
  | { readonly kind: 'failed'; readonly error: RequestError | null };

interface ReplayProps {
  readonly selected: ReadonlySet<string>;
  readonly isEmpty: boolean;
  readonly done: () => void;
}

function Replay({ selected, isEmpty, done }: ReplayProps) {
  const { deadLetters: texts } = useTexts();
  const [age, setAge] = useState<Age>('hour');
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const replay = async (which: { ids: readonly string[] } | { all: true }): Promise<void> => {
    try {
      setOutcome({ kind: 'done', report: await replayAll(which, ageSeconds[age]) });
    } catch (error) {
      setOutcome({ kind: 'failed', error: error instanceof RequestError ? error : null });
    }
    done();
  };
  return (
    <>
      <div class="actions">
        <label>
          {texts.age}{' '}
          <select value={age} onChange={({ currentTarget }) => setAge(currentTarget.value as Age)}>
            {Object.entries(texts.ages).map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          disabled={selected.size === 0}
          onClick={() => void replay({ ids: [...selected] })}
        >
          {texts.replay(selected.size)}
        </button>
        <button
          type="button"
          class="quiet"
          disabled={isEmpty}
          onClick={() => {
            if (confirm(texts.confirmAll)) void replay({ all: true });
          }}
        >
          {texts.replayAll}
        </button>
      </div>
      {outcome?.kind === 'failed' && <Trouble error={outcome.error} />}
      <p role="status">{outcome?.kind === 'done' && <ReportText report={outcome.report} />}</p>
    </>
  );
}

function ReportText({ report }: { report: Report }) {
  const { deadLetters: texts } = useTexts();
  const words: Readonly<Record<string, string>> = texts.skipped;
  const reasons = Object.entries(report.skipped_reasons).map(
    ([reason, count]) => `${words[reason] ?? reason}: ${count}`,
  );
  return (
    <>
      {texts.report(report.replayed, report.skipped)}
      {reasons.length > 0 && ` (${reasons.join(', ')})`}
    </>
  );
}

/** Of all letters one request replays a portion. */
async function replayAll(
  which: { ids: readonly string[] } | { all: true },
  maxAgeSeconds: number,
): Promise<Report> {
  const ask = (more: object): Promise<Report> =>
    call('POST', '/v1/dead-letters/replay', { ...which, ...more, max_message_age_seconds: maxAgeSeconds });
  let report = await ask({});
  let sum = report;
  while (report.next_cursor !== undefined) {
    report = await ask({ cursor: report.next_cursor });
    sum = add(sum, report);
  }
  return sum;
}

function add(one: Report, other: Report): Report {
  const reasons: Record<string, number> = { ...one.skipped_reasons };
  for (const [reason, count] of Object.entries(other.skipped_reasons))
    reasons[reason] = (reasons[reason] ?? 0) + count;
  return {
    replayed: one.replayed + other.replayed,
    skipped: one.skipped + other.skipped,
    skipped_reasons: reasons,
  };
}
