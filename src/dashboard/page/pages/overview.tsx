import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { latencyWithin, ratesBetween, type Check, type Figures } from '../parts/figures';
import { RateChart } from '../parts/rate-chart';
import { StateMark } from '../parts/state-mark';
import { Table } from '../parts/table';
import { useFormats, useTexts } from '../texts/language';
import { usePolled } from '../use-answer';

const pollMs = 2000;
/** Ten minutes. */
const mostKept = 300;
/** Half a minute of polls: what a tile shows is an average over it. */
const recentPolls = 15;

const tones = { ok: 'good', degraded: 'warning', unavailable: 'bad', ready: 'good' } as const;

export function Overview() {
  const texts = useTexts();
  const [polls, setPolls] = useState<readonly Figures[]>([]);
  const isLost = usePolled<Figures>('/dashboard/figures', pollMs, (figures) =>
    setPolls((before) => [...before.slice(1 - mostKept), figures]),
  );
  const last = polls.at(-1);
  if (last === undefined) return <p role="status">{isLost ? texts.lost : texts.loading}</p>;
  const rates = polls.slice(1).map((figures, at) => ratesBetween(polls[at] ?? figures, figures));
  return (
    <>
      <p role="status">
        <StateMark
          tone={isLost ? 'bad' : tones[last.status]}
          text={isLost ? texts.lost : texts.overview.states[last.status]}
        />
      </p>
      <Tiles before={polls.at(-recentPolls) ?? polls[0] ?? last} now={last} />
      <section aria-labelledby="rates">
        <h2 id="rates">{texts.overview.rates}</h2>
        <p class="hint">{texts.overview.lastMinutes}</p>
        <RateChart rates={rates} />
      </section>
      <Checks checks={last.checks} />
      <Answers figures={last} />
    </>
  );
}

function Tiles({ before, now }: { before: Figures; now: Figures }) {
  const { overview, none } = useTexts();
  const { number, seconds } = useFormats();
  const rates = ratesBetween(before, now);
  const within = (share: number): string => {
    const bound = latencyWithin(share, before, now);
    return bound === null ? none : `≤ ${seconds(bound)}`;
  };
  const { inbox } = now;
  return (
    <dl class="tiles">
      <Tile name={overview.messages}>{number(rates.messages)}</Tile>
      <Tile name={overview.accepted}>{number(rates.accepted)}</Tile>
      <Tile name={overview.latency} more={`${overview.latencyHigh} ${within(0.99)}`}>
        {within(0.5)}
      </Tile>
      <Tile name={overview.inbox} more={overview.inboxLanes(inbox.direct, inbox.bulk)}>
        {number(inbox.direct + inbox.bulk)}
      </Tile>
      <Tile name={overview.oldest}>{inbox.oldest_seconds === 0 ? none : seconds(inbox.oldest_seconds)}</Tile>
      <Tile name={overview.retries}>{number(now.retries)}</Tile>
      <Tile name={overview.parked}>{number(now.parked)}</Tile>
      <Tile name={overview.deadLetters}>{number(now.dead_letters)}</Tile>
      <Tile name={overview.lost}>{number(now.events_lost)}</Tile>
    </dl>
  );
}

function Tile({ name, more, children }: { name: string; more?: string; children: ComponentChildren }) {
  return (
    <div class="tile">
      <dt>{name}</dt>
      <dd>
        <strong>{children}</strong>
        {more !== undefined && <small>{more}</small>}
      </dd>
    </div>
  );
}

/** What is wrong first. */
function Checks({ checks }: { checks: readonly Check[] }) {
  const { overview } = useTexts();
  const sorted = [
    ...checks.filter(({ status }) => status !== 'ok'),
    ...checks.filter(({ status }) => status === 'ok'),
  ];
  return (
    <section aria-labelledby="checks">
      <h2 id="checks">{overview.checks}</h2>
      <Table
        caption={overview.checks}
        columns={[overview.check, overview.state, overview.reason]}
        rows={sorted.map(({ name, status, detail }) => ({
          key: name,
          cells: [
            <code>{name}</code>,
            <StateMark tone={tones[status]} text={overview.checkStates[status]} />,
            <span lang="en">{detail}</span>,
          ],
        }))}
        empty=""
      />
    </section>
  );
}

function Answers({ figures }: { figures: Figures }) {
  const { overview } = useTexts();
  const { number } = useFormats();
  return (
    <div class="columns">
      <section aria-labelledby="answers">
        <h2 id="answers">{overview.answers}</h2>
        <Table
          caption={overview.answers}
          columns={[overview.provider, overview.app, overview.outcome, overview.count]}
          rows={figures.deliveries.map(({ provider, app, outcome, count }) => ({
            key: `${provider}/${app}/${outcome}`,
            cells: [provider, app, <code>{outcome}</code>, number(count)],
          }))}
          empty={overview.noTraffic}
        />
      </section>
      <section aria-labelledby="recipients">
        <h2 id="recipients">{overview.recipients}</h2>
        <Table
          caption={overview.recipients}
          columns={[overview.result, overview.count]}
          rows={Object.entries(figures.recipients).map(([result, count]) => ({
            key: result,
            cells: [<code>{result}</code>, number(count)],
          }))}
          empty={overview.noTraffic}
        />
      </section>
    </div>
  );
}
