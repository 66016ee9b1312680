import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestAuthority } from '../contract/certificates';
import { Seeded } from '../fuzz/seeded';
import { api, apnsToken, closeConnections, metric, postMessage } from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import { temporaryDirectory, type RelayProcess } from '../helpers/relay-process';
import { AnsweringServer } from './answering-server';
import { playCases, PartReport, seedOf, type PartOptions } from './part';
import { ProvidersUnderTest, type Conversation } from './providers-under-test';

/** Side by side. */
const lanes = 16;
const pollMs = 100;
/** Before a dead letter; less than half a second apart. */
const attempts = 5;
const patienceMs = 120_000;

const yaml = JSON.stringify({
  delivery: {
    max_attempts: attempts,
    retry: {
      cap_seconds: 0.3,
      throttled: { apns_floor_seconds: 0, fcm_floor_seconds: 0, base_seconds: 0.1 },
      unavailable: { apns_floor_seconds: 0, fcm_floor_seconds: 0, base_seconds: 0.1 },
      ambiguous: { apns_delay_seconds: 0, fcm_delay_seconds: 0, max_attempts: attempts },
    },
  },
});

interface Letter {
  readonly reason: string;
  readonly recipients: readonly { readonly uid: string }[];
}

/**
 * Foreign answers to pushes of a real relay: each message gets some, then the provider's own, or none but foreign ones. It
 * must end accepted in the one case, as a dead letter with a reason in the other, and its device stays.
 */
export async function playAnswers(options: PartOptions): Promise<PartReport> {
  const report = new PartReport('answers', options.seed);
  const fakes = await Fakes.start();
  const authority = await createTestAuthority();
  const server = new AnsweringServer(await authority.issue(['127.0.0.1']));
  const url = await server.listen();
  const { serviceAccount } = fakes.sandbox.credentials;
  const providers = new ProvidersUnderTest(serviceAccount.project_id, (rule) => report.tried(rule));
  server.answer = (headers, body) => providers.answer(headers, body);
  const caFile = join(await temporaryDirectory(), 'ca.pem');
  await writeFile(caFile, `${fakes.sandbox.caPem}\n${authority.cert}`);
  const env = { NODE_EXTRA_CA_CERTS: caFile, APNS_URL: url, APNS_SANDBOX_URL: url, FCM_URL: url };
  const relay = await fakes.startRelay({ env, yaml });
  try {
    await playCases(options, lanes, async (number) => {
      const fault = await playMessage(relay, providers, options.seed, number).catch(String);
      if (fault !== null) report.fault(number, fault);
    });
    await judgeWhole(relay, providers, report);
  } finally {
    closeConnections();
    await relay.stop();
    await server.close();
    await fakes[Symbol.asyncDispose]();
  }
  return report;
}

async function playMessage(
  relay: RelayProcess,
  providers: ProvidersUnderTest,
  seed: number,
  number: number,
): Promise<string | null> {
  const random = new Seeded(seedOf(seed, number));
  const provider = random.one(['apns', 'fcm'] as const);
  const foreign = random.one([1, 1, 2, 3, attempts - 1, Infinity]);
  const uid = `u${seed}-${number}`;
  const token = provider === 'apns' ? apnsToken(uid) : `fcm-${uid}`;
  const conversation = providers.expect(token, random, foreign);
  const registered = await api(relay.url, 'PUT', `/users/${uid}/devices/phone`, { provider, token });
  const posted = await postMessage(relay.url, { to: [uid] });
  if (registered.status !== 201 || posted.status !== 200)
    return `registered ${registered.status}, posted ${posted.status}`;
  const end = await endOf(relay, uid);
  const fault = faultOf(end, foreign, conversation);
  return fault === null
    ? null
    : `${provider}, ${foreign} foreign answers (${conversation.rules.join(', ')}): ${fault}`;
}

interface End {
  readonly device: { readonly state: string; readonly last_accepted_at: string | null } | null;
  readonly letter: Letter | null;
}

/** Resolves once the message is accepted or a dead letter, or the device is gone; after some patience as it is. */
async function endOf(relay: RelayProcess, uid: string): Promise<End> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const asked = await api(relay.url, 'GET', `/users/${uid}/devices/phone`);
    if (asked.status !== 200 && asked.status !== 404) throw new Error(`a device is answered ${asked.status}`);
    const device = asked.status === 200 ? (asked.body as NonNullable<End['device']>) : null;
    const letters = (await api(relay.url, 'GET', '/dead-letters?limit=100')).body as {
      items: readonly Letter[];
    };
    const letter = letters.items.find(({ recipients }) => recipients.some((one) => one.uid === uid)) ?? null;
    const isOver = device === null || device.last_accepted_at !== null || letter !== null;
    if (isOver || performance.now() > giveUpAt) return { device, letter };
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

function faultOf({ device, letter }: End, foreign: number, conversation: Conversation): string | null {
  if (device === null) return 'the device was forgotten';
  if (device.state !== 'active') return `the device is ${device.state}`;
  if (device.last_accepted_at !== null && conversation.own === 0)
    return 'accepted, and the provider never said so';
  if (foreign === Infinity) return letter === null ? 'neither accepted nor a dead letter' : noReason(letter);
  if (letter !== null) return `a dead letter (${letter.reason}) before the provider answered`;
  return device.last_accepted_at === null ? 'neither accepted nor a dead letter' : null;
}

function noReason({ reason }: Letter): string | null {
  return reason === '' ? 'a dead letter without a reason' : null;
}

/** What the relay itself counted. */
async function judgeWhole(
  relay: RelayProcess,
  providers: ProvidersUnderTest,
  report: PartReport,
): Promise<void> {
  const accepted = await metric(relay.url, 'relay_deliveries_total', { outcome: 'accepted' });
  const forgotten = await metric(relay.url, 'relay_device_tokens_forgotten_total');
  const lost = await metric(relay.url, 'relay_events_lost_total');
  const letters = await metric(relay.url, 'relay_dead_letters');
  const { foreign, own } = providers;
  report.figures.push(
    `${foreign} foreign answers, ${own} of the providers' own; ${accepted} accepted, ${letters} dead letters, ${forgotten} device tokens forgotten`,
  );
  if (accepted > own) report.fault(null, `${accepted} accepted, and the providers said so ${own} times`);
  if (forgotten > 0) report.fault(null, `${forgotten} device tokens were forgotten`);
  if (lost > 0) report.fault(null, `${lost} events were lost`);
}
