import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { messageBody } from '../helpers/client';
import { apiKey, webhookSecret } from '../helpers/fakes';
import { RelayProcess, type RelayProcessOptions } from '../helpers/relay-process';

const env = { PROVIDERS: 'sandbox', WEBHOOK_SECRET: webhookSecret, API_KEYS: apiKey };
const proven = `POST /webhook/${webhookSecret}?event=msg.offline`;
const signed = `POST /webhook?event=msg.offline HTTP/1.1\r\nX-Signature-256: sha256=${'0'.repeat(64)}`;
const keyed = `POST /v1/push HTTP/1.1\r\nContent-Type: application/json\r\nAuthorization: Bearer ${apiKey}`;

const login =
  'POST /dashboard/session HTTP/1.1\r\nOrigin: http://127.0.0.1\r\nContent-Type: application/json';
const receiptSecret = 'receipt-secret-of-the-tests';

/** As long as a sender waits for its answer. */
const patienceMs = 10_000;

let relay: RelayProcess;
let sockets: Hostile[] = [];
let messages = 0;

/** A connection that sends what it is told, and keeps what it is answered. */
class Hostile {
  answers = '';
  readonly closed: Promise<unknown>;
  readonly socket: Socket;

  constructor(sent: string | Buffer) {
    this.socket = connect({ port: Number(new URL(relay.url).port), host: '127.0.0.1' });
    this.closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.on('error', () => {});
    this.socket.on('data', (piece) => (this.answers += piece.toString('latin1')));
    this.socket.write(sent);
  }

  get statuses(): string[] {
    return [...this.answers.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status = '']) => status);
  }
}

async function start(options: RelayProcessOptions = {}): Promise<void> {
  relay = await RelayProcess.start({ ...options, env: { ...env, ...options.env } });
}

function attack(count: number, sent: string | Buffer): Hostile[] {
  const begun = Array.from({ length: count }, () => new Hostile(sent));
  sockets.push(...begun);
  return begun;
}

function request(line: string, headers: string, body: string): string {
  const head = line.includes('HTTP/1.1') ? line : `${line} HTTP/1.1`;
  return `${head}\r\nHost: 127.0.0.1\r\n${headers}\r\n${body}`;
}

/** Statuses of somebody who has nothing to do with it; rejects when it takes too long. */
async function bystander(): Promise<number[]> {
  const signal = AbortSignal.timeout(patienceMs);
  const body = messageBody({ messageId: String(7_000_000 + messages++), to: ['bob'] });
  const webhook = await fetch(`${relay.url}/webhook/${webhookSecret}?event=msg.offline`, {
    method: 'POST',
    body,
    signal,
  });
  const health = await fetch(`${relay.url}/healthz`, { signal });
  return [webhook.status, health.status];
}

async function metric(name: string): Promise<number> {
  const response = await fetch(`${relay.url}/metrics`, { headers: { authorization: `Bearer ${apiKey}` } });
  return Number(new RegExp(`^${name}(?:\\{\\})? (\\S+)$`, 'm').exec(await response.text())?.[1]);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}

afterEach(async () => {
  for (const { socket } of sockets) socket.destroy();
  sockets = [];
  await relay.stop();
});

describe('a body in crumbs', () => {
  it.each([
    ['of a proven webhook', proven, '408'],
    ['of a signed webhook', signed, '408'],
    ['to the API with a key', keyed, '408'],
    ['to the API without a key', 'POST /v1/push', '401'],
    ['to a webhook without a secret', 'POST /webhook?event=msg.offline', '401'],
    ['to a path that is none', 'POST /none', '404'],
    ['of receipts', `POST /receipts/huawei/default/${receiptSecret}`, '408'],
    ['of receipts with a wrong secret', 'POST /receipts/huawei/default/wrong', '404'],
    ['of a login', login, '408'],
  ])('is given up early, and others are answered: %s', async (_, line, status) => {
    await start({ yaml: `receipts: { secret: ${receiptSecret} }` });
    const crumbs = '1\r\nx\r\n'.repeat(50_000);
    const hostile = attack(30, request(line, 'Transfer-Encoding: chunked\r\n', crumbs));
    expect(await bystander()).toEqual([200, 200]);
    await Promise.all(hostile.map(({ closed }) => closed));
    expect(hostile.filter(({ statuses }) => statuses.length > 0 && statuses.join() !== status)).toEqual([]);
    expect(await bystander()).toEqual([200, 200]);
  });
});

describe('requests behind each other on one connection', () => {
  it.each([
    ['broken events', request(proven, 'Content-Length: 2\r\n', '[]')],
    ['requests to the API', request(keyed, 'Content-Length: 2\r\n', '{}')],
    ['requests for the health', request('GET /healthz', '', '')],
  ])('are closed where they are thousands, and others are answered: %s', async (_, one) => {
    await start();
    const hostile = attack(20, one.repeat(5_000));
    expect(await bystander()).toEqual([200, 200]);
    await Promise.all(hostile.map(({ closed }) => closed));
    expect(await bystander()).toEqual([200, 200]);
  });

  it('are answered in turn where they are a few', async () => {
    await start();
    const one = request(proven, 'Content-Length: 2\r\n', '[]');
    const last = request('GET /healthz', 'Connection: close\r\n', '');
    const [hostile] = attack(1, `${one.repeat(7)}${last}`);
    await hostile?.closed;
    expect(hostile?.statuses).toEqual([...Array<string>(7).fill('400'), '200']);
  });
});

it('says that bodies wait for room in readiness and metrics, and gives up those that drip', async () => {
  await start({ yaml: 'webhook: {max_body_bytes: 2MiB, max_inflight_bytes: 2MiB}' });
  const hostile = attack(40, request(proven, 'Content-Length: 60000\r\n', 'x'.repeat(50_000)));
  let readiness = '';
  await until(async () => {
    readiness = await (await fetch(`${relay.url}/readyz`)).text();
    return readiness.includes('webhook bodies wait') && (await metric('relay_webhook_bodies_waiting')) > 0;
  });
  expect(await bystander()).toEqual([200, 200]);
  const [slow] = await Promise.race(
    hostile.map(async (one) => (await once(one.socket, 'data'), one.statuses)),
  );
  expect(slow).toBe('408');
  for (const { socket } of hostile) socket.destroy();
  await until(async () => (await metric('relay_webhook_bodies_waiting')) === 0);
  expect(await (await fetch(`${relay.url}/readyz`)).text()).not.toContain('bodies wait');
});

it('waits a few seconds only for the login of a stranger who drips it', async () => {
  await start();
  const [hostile] = attack(1, request(login, 'Content-Length: 60000\r\n', '{'));
  await hostile?.closed;
  expect(hostile?.statuses).toEqual(['408']);
});

it('lives with few files, says so once, and recovers', async () => {
  await start({ openFiles: 96 });
  const isFull = ({ event }: Record<string, unknown>) => event === 'connections_full';
  attack(300, '');
  await relay.logged(isFull);
  expect(await bystander()).toEqual([200, 200]);
  attack(300, request(proven, 'Content-Length: 60000\r\n', 'x'));
  attack(300, '');
  for (const { socket } of sockets) socket.destroy();
  await relay.logged(({ event }) => event === 'connections_not_full');
  expect(await bystander()).toEqual([200, 200]);
  expect(relay.log.filter(isFull)).toHaveLength(1);
});

describe('strangers who ask for large files and read nothing', () => {
  it('cost no memory of their own', async () => {
    await start();
    const before = peakMiB();
    for (const { socket } of attack(300, request('GET /docs/swagger-ui-bundle.js', '', ''))) socket.pause();
    // Answers that the system's buffers hold count as given.
    for (let time = 0; time < 20; time += 1) expect(await bystander()).toEqual([200, 200]);
    expect(peakMiB() - before).toBeLessThan(100);
  });

  it('keep nobody out', async () => {
    await start({ openFiles: 96 });
    const files = ['/docs/swagger-ui-bundle.js', '/openapi.json', '/dashboard/page.js'];
    const asked = files.map((file) => request(`GET ${file}`, '', '')).join('');
    for (const { socket } of attack(100, asked.repeat(5))) socket.pause();
    await relay.logged(({ event }) => event === 'connections_full');
    expect(await bystander()).toEqual([200, 200]);
  });
});

/** Resident memory of the relay, at most since its start. */
function peakMiB(): number {
  const status = readFileSync(`/proc/${String(relay.child.pid)}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

it('ends at SIGTERM within the time to drain, whatever hangs', async () => {
  await start();
  attack(50, '');
  attack(50, 'POST /webhook HTTP/1.1\r\nHost: x\r\nx: ');
  attack(50, request(proven, 'Content-Length: 13000000\r\n', 'x'.repeat(100_000)));
  attack(50, request(proven, 'Expect: 100-continue\r\nContent-Length: 60000\r\n', ''));
  attack(50, request(keyed, 'Content-Length: 60000\r\n', '{'));
  attack(50, request('POST /none', 'Content-Length: 60000\r\n', '{'));
  attack(20, request(proven, 'Content-Length: 2\r\n', '[]').repeat(5_000));
  expect(await bystander()).toEqual([200, 200]);
  relay.signal('SIGTERM');
  expect(await relay.exit()).toBe(0);
});
