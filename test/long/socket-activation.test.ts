import { readFile, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { closeConnections, messageBody, registerApns, send } from '../helpers/client';
import { Fakes, webhookSecret } from '../helpers/fakes';
import { temporaryDirectory } from '../helpers/relay-process';
import { SocketActivator } from '../helpers/socket-activator';

const listening = (line: Readonly<Record<string, unknown>>) => line['event'] === 'relay_listening';

/** Posts one message after another on one agent until it is stopped; the answers, in order. */
class Poster {
  readonly answers: { readonly messageId: string; readonly status: number | string }[] = [];
  #stopped = false;
  readonly #done: Promise<void>;
  readonly #url: string;
  readonly #agent: Agent;
  readonly #nextId: () => string;
  readonly #answered: () => void;

  constructor(url: string, agent: Agent, nextId: () => string, answered: () => void) {
    this.#url = url;
    this.#agent = agent;
    this.#nextId = nextId;
    this.#answered = answered;

    this.#done = this.#run();
  }

  stop(): Promise<void> {
    this.#stopped = true;
    return this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const messageId = this.#nextId();
      const status = await this.#post(messageId).catch((error: Error) => String(error));
      this.answers.push({ messageId, status });
      this.#answered();
    }
  }

  #post(messageId: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const sent = request(
        this.#url,
        { agent: this.#agent, method: 'POST', path: `/webhook/${webhookSecret}?event=msg.offline` },
        (response) => {
          response.resume();
          response.once('end', () => resolve(response.statusCode ?? 0)).once('error', reject);
        },
      );
      sent.once('error', reject);
      sent.end(messageBody({ messageId, to: ['carol'] }));
    });
  }
}

describe('sockets passed by a service manager', () => {
  let fakes: Fakes;
  beforeAll(async () => {
    fakes = await Fakes.start();
  });
  let posters: readonly Poster[] = [];
  afterEach(async () => {
    await Promise.all(posters.map((poster) => poster.stop()));
    posters = [];
    fakes.sandbox.apns.reset();
  });
  afterAll(async () => {
    closeConnections();
    await fakes[Symbol.asyncDispose]();
  });

  it('restarts without a refused connection, a lost webhook or a repeated push', async () => {
    const dataDir = await temporaryDirectory();
    await using activator = await SocketActivator.start({
      env: { ...fakes.env, DATA_DIR: dataDir, STORM_LIMITS: 'off' },
    });
    const { url } = activator;
    activator.startRelay();
    await activator.logged(listening);
    await registerApns(url, 'carol');
    fakes.sandbox.apns.latencyMs = 20;

    let lastId = 4_000_000_000_000_000_000n;
    const nextId = () => String((lastId += 1n));
    const agents = [
      ...Array.from({ length: 4 }, () => new Agent({ keepAlive: true })),
      ...Array.from({ length: 4 }, () => new Agent({ keepAlive: false })),
    ];
    let count = 0;
    let wake = () => {};
    const answered = () => {
      count += 1;
      wake();
    };
    posters = agents.map((agent) => new Poster(url, agent, nextId, answered));
    const more = async (wanted: number) => {
      const goal = count + wanted;
      while (count < goal) await new Promise<void>((resolve) => (wake = resolve));
    };

    for (let restart = 1; restart <= 2; restart += 1) {
      await more(200);
      activator.terminate();
      activator.startRelay();
      await activator.logged(listening, restart + 1);
    }
    await more(200);
    await Promise.all(posters.map((poster) => poster.stop()));
    for (const agent of agents) agent.destroy();

    const answers = posters.flatMap((poster) => poster.answers);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    await fakes.sandbox.apns.waitForAccepted(answers.length);
    activator.terminate();
    await activator.until(() => activator.exits.length === 3);
    expect(activator.exits).toEqual([0, 0, 0]);
    expect(fakes.sandbox.apns.counts).toMatchObject({ accepted: answers.length, repeats: 0 });
    const pushed = fakes.sandbox.apns.accepted.map(
      ({ payload }) => (payload as { wukongim: { message_id: string } }).wukongim.message_id,
    );
    expect(new Set(pushed)).toEqual(new Set(answers.map(({ messageId }) => messageId)));
  });

  it('serves webhooks on the first and metrics on the second, and a child inherits neither', async () => {
    const folder = await temporaryDirectory();
    const config = join(folder, 'relay.yaml');
    await writeFile(config, 'server: { admin: { port: 2 } }\n');
    await using activator = await SocketActivator.start({
      sockets: 2,
      env: { ...fakes.env, DATA_DIR: join(folder, 'data'), RELAY_CONFIG: config },
    });
    activator.startRelay();
    const { url, adminUrl } = await activator.logged(listening);
    expect([url, adminUrl]).toEqual(activator.ports.map((port) => `http://127.0.0.1:${String(port)}`));
    expect((await send(String(adminUrl), { method: 'GET', path: '/metrics' })).status).toBe(200);
    expect((await send(String(url), { method: 'GET', path: '/metrics' })).status).toBe(404);
    for (const descriptor of [3, 4]) {
      const info = await readFile(`/proc/${String(activator.pids[0])}/fdinfo/${String(descriptor)}`, 'utf8');
      const flags = parseInt(/^flags:\s*(\d+)/m.exec(info)?.[1] ?? '0', 8);
      expect(flags & closeOnExec).toBe(closeOnExec);
    }
  });

  it.each([
    [
      'descriptor 4 is no socket',
      { LISTEN_FDS: '2', LISTEN_FDNAMES: 'server:admin' },
      /LISTEN_FDS: descriptor 4 is no stream socket/,
    ],
    ['more sockets than roles', { LISTEN_FDS: '3' }, /LISTEN_FDS: expected at most 2 sockets/],
  ])('exits 2 when %s', async (_, variables, message) => {
    const folder = await temporaryDirectory();
    const config = join(folder, 'relay.yaml');
    await writeFile(config, 'server: { admin: { port: 2 } }\n');
    await using activator = await SocketActivator.start({
      env: { ...fakes.env, DATA_DIR: join(folder, 'data'), RELAY_CONFIG: config },
      variables,
    });
    activator.startRelay();
    await activator.until(() => activator.exits.length === 1 && message.test(activator.errors));
    expect(activator.exits).toEqual([2]);
  });

  /** O_CLOEXEC of Linux. */
  const closeOnExec = 0o2000000;
});
