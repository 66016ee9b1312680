import { useState } from 'preact/hooks';
import { LookUp } from '../parts/look-up';
import { RecentMessages } from '../parts/recent-messages';
import { StateMark } from '../parts/state-mark';
import { Table } from '../parts/table';
import { TestPush } from '../parts/test-push';
import { Trouble } from '../parts/trouble';
import { Whole } from '../parts/whole';
import { path } from '../request';
import { hrefOf } from '../route';
import { useFormats, useTexts } from '../texts/language';
import { useAnswer } from '../use-answer';

interface Device {
  readonly device_id: string;
  readonly provider: string;
  readonly platform: string;
  readonly app: string;
  readonly environment: string;
  readonly token: string | null;
  readonly locale: string | null;
  readonly last_accepted_at: string | null;
  readonly last_failure_at: string | null;
  readonly last_failure_reason: string | null;
  readonly state: 'active' | 'suspended';
}

interface Mute {
  readonly channel_type: number;
  readonly channel_id: string;
  readonly until?: string;
}

export function Users({ uid }: { uid: string | null }) {
  const { users } = useTexts();
  return (
    <>
      <p class="hint">{users.explain}</p>
      <LookUp
        label={users.uid}
        submit={users.find}
        value={uid ?? ''}
        find={(text) => (location.hash = hrefOf('users', text))}
      />
      {uid !== null && <User key={uid} uid={uid} />}
    </>
  );
}

function User({ uid }: { uid: string }) {
  const { users } = useTexts();
  return (
    <>
      <h2>{users.of(uid)}</h2>
      <Devices uid={uid} />
      <div class="columns">
        <Preferences uid={uid} />
        <Mutes uid={uid} />
      </div>
      <h3>{users.recent}</h3>
      <RecentMessages uid={uid} />
    </>
  );
}

function Devices({ uid }: { uid: string }) {
  const { users, loading, none } = useTexts();
  const { time } = useFormats();
  // A test push may change what is known of the devices.
  const [version, setVersion] = useState(0);
  const answer = useAnswer<{ items: readonly Device[] }>(path`/v1/users/${uid}/devices`, version);
  if (answer.kind === 'loading') return <p role="status">{loading}</p>;
  if (answer.kind === 'failed') return <Trouble error={answer.error} />;
  return (
    <section aria-labelledby="devices">
      <h3 id="devices">{users.devices}</h3>
      <Table
        caption={users.devices}
        columns={[
          users.device,
          users.provider,
          users.app,
          users.token,
          users.locale,
          users.state,
          users.accepted,
          users.failure,
        ]}
        rows={answer.value.items.map((device) => ({
          key: device.device_id,
          cells: [
            device.device_id,
            `${device.provider} (${device.platform}, ${device.environment})`,
            device.app,
            <Whole>
              <code>{device.token ?? none}</code>
            </Whole>,
            device.locale ?? none,
            <StateMark
              tone={device.state === 'active' ? 'good' : 'warning'}
              text={users.states[device.state]}
            />,
            <Whole>{time(device.last_accepted_at)}</Whole>,
            device.last_failure_at === null
              ? none
              : `${time(device.last_failure_at)} ${device.last_failure_reason ?? ''}`,
          ],
        }))}
        empty={users.noDevices}
      />
      <TestPush uid={uid} done={() => setVersion(version + 1)} />
    </section>
  );
}

function Preferences({ uid }: { uid: string }) {
  const { users, loading, none } = useTexts();
  const answer = useAnswer<Readonly<Record<string, unknown>>>(path`/v1/users/${uid}/preferences`);
  return (
    <section aria-labelledby="preferences">
      <h3 id="preferences">{users.preferences}</h3>
      {answer.kind === 'loading' && <p role="status">{loading}</p>}
      {answer.kind === 'failed' && <Trouble error={answer.error} />}
      {answer.kind === 'loaded' && (
        <Table
          caption={users.preferences}
          columns={[users.preference, users.value]}
          rows={Object.entries(answer.value).map(([name, value]) => ({
            key: name,
            cells: [<code>{name}</code>, valueText(value) ?? none],
          }))}
          empty={none}
        />
      )}
    </section>
  );
}

function valueText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object') return JSON.stringify(value).replaceAll('"', '');
  return Object.entries(value)
    .filter(([, part]) => part !== null)
    .map(([name, part]) => `${name}: ${JSON.stringify(part)}`)
    .join(', ');
}

function Mutes({ uid }: { uid: string }) {
  const { users, loading } = useTexts();
  const { time } = useFormats();
  const answer = useAnswer<{ items: readonly Mute[] }>(path`/v1/users/${uid}/mutes`);
  return (
    <section aria-labelledby="mutes">
      <h3 id="mutes">{users.mutes}</h3>
      {answer.kind === 'loading' && <p role="status">{loading}</p>}
      {answer.kind === 'failed' && <Trouble error={answer.error} />}
      {answer.kind === 'loaded' && (
        <Table
          caption={users.mutes}
          columns={[users.conversation, users.until]}
          rows={answer.value.items.map(({ channel_type: type, channel_id: id, until }) => ({
            key: `${type}:${id}`,
            cells: [`${id} (${type})`, until === undefined ? users.forGood : <Whole>{time(until)}</Whole>],
          }))}
          empty={users.noMutes}
        />
      )}
    </section>
  );
}
