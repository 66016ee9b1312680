import { hrefOf } from '../route';
import { useFormats, useTexts } from '../texts/language';
import { wordOf } from '../texts/word-of';
import { Counts } from './counts';
import { Detail } from './detail';
import { StateMark } from './state-mark';
import type { Trace, TracedDevice, TracedRecipient } from './trace';

/** What happened, and nothing of what was written. */
export function TraceView({ trace }: { trace: Trace }) {
  const { messages, none } = useTexts();
  const { time } = useFormats();
  return (
    <>
      <dl class="facts">
        <dt>{messages.received}</dt>
        <dd>{time(trace.received_at)}</dd>
        <dt>{messages.from}</dt>
        <dd>{trace.from_uid ?? none}</dd>
        <dt>{messages.conversation}</dt>
        <dd>{trace.channel_id === null ? none : `${trace.channel_id} (${trace.channel_type ?? none})`}</dd>
        <dt>{messages.source}</dt>
        <dd>{trace.source === null ? none : wordOf(messages.sources, trace.source)}</dd>
        <dt>{messages.counts}</dt>
        <dd>
          <Counts counts={trace.counts} />
        </dd>
      </dl>
      {trace.recipients.map((recipient) => (
        <Recipient key={recipient.uid} recipient={recipient} />
      ))}
    </>
  );
}

function Recipient({ recipient }: { recipient: TracedRecipient }) {
  const { messages } = useTexts();
  const { time } = useFormats();
  const { uid, result, detail, at, devices } = recipient;
  // A push was planned: that is good news only once a provider took it.
  const isAccepted = devices.some(({ state }) => state === 'accepted');
  return (
    <section class="card" aria-label={uid}>
      <h3>
        <a href={hrefOf('users', uid)}>{uid}</a>{' '}
        <StateMark tone={isAccepted ? 'good' : 'plain'} text={wordOf(messages.results, result)} />
      </h3>
      <p class="hint">
        {time(at)}
        {detail !== undefined && (
          <>
            {' · '}
            <Detail text={detail} />
          </>
        )}
      </p>
      {devices.map((device) => (
        <Device key={device.device_id} device={device} />
      ))}
    </section>
  );
}

const tones: Readonly<Record<string, 'good' | 'warning' | 'bad'>> = {
  accepted: 'good',
  waiting: 'warning',
  parked: 'warning',
  summarized: 'warning',
};

function Device({ device }: { device: TracedDevice }) {
  const { messages } = useTexts();
  const reasons: Readonly<Record<string, string>> = messages.reasons;
  const { time } = useFormats();
  // Of a test push that was not accepted nothing is kept.
  const isTest = device.steps.at(-1)?.reason === 'not_retried' && device.state === 'dead_letter';
  const state = isTest ? messages.givenUp : wordOf(messages.states, device.state);
  return (
    <div class="device">
      <p>
        <code>{device.device_id}</code> {device.provider}{' '}
        <StateMark tone={tones[device.state] ?? 'bad'} text={state} />
      </p>
      <ol class="steps">
        {device.steps.map((step, index) => (
          <li key={index}>
            <time dateTime={step.at}>{time(step.at)}</time> <b>{wordOf(messages.stepNames, step.step)}</b>{' '}
            {step.attempt !== undefined && step.attempt > 1 && `(${step.attempt}) `}
            {step.outcome !== undefined && wordOf(messages.outcomes, step.outcome)}{' '}
            {step.reason !== undefined && <Detail text={step.reason} />}
            {step.reason !== undefined && step.detail !== undefined && ' · '}
            {step.detail !== undefined && <Detail text={step.detail} />}{' '}
            {step.reason !== undefined && reasons[step.reason] !== undefined && `(${reasons[step.reason]})`}{' '}
            {step.provider_id !== undefined && <code>{step.provider_id}</code>}
          </li>
        ))}
      </ol>
    </div>
  );
}
