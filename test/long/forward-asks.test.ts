import { readFile } from 'node:fs/promises';
import { closeConnections, messageBody, metric, postEvent } from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import { FakeGrpcReceiver } from '../helpers/grpc-receiver';
import { GrpcWuKongIm } from '../helpers/grpc-wukongim';
import { FakeReceiver } from '../helpers/receiver';
import type { RelayProcess } from '../helpers/relay-process';

const asks = 24;
const large = `"${'x'.repeat(8 * 1024 ** 2 - 2)}"`;
const granted = 'Success';

interface Way {
  readonly startReceiver: () => Promise<FakeReceiver | FakeGrpcReceiver>;
  /** Resolves with the status and the body of the answer. */
  readonly ask: (relay: RelayProcess, body: string) => Promise<readonly [string, string]>;
}

const overHttp: Way = {
  startReceiver: () => FakeReceiver.start(),
  ask: async ({ url }, body) => {
    const { status, text } = await postEvent(url, 'msg.before_send', body);
    return [status === 200 ? granted : String(status), text];
  },
};

const overGrpc: Way = {
  startReceiver: () => FakeGrpcReceiver.start(),
  ask: async (relay, body) => {
    const wukongim = GrpcWuKongIm.of(relay);
    try {
      const { status, data } = await wukongim.send('msg.before_send', body);
      return [status, data.toString()];
    } finally {
      wukongim.close();
    }
  },
};

describe.each([
  ['HTTP', overHttp],
  ['gRPC', overGrpc],
])('a receiver that leaves events without an answer over %s', (_, { startReceiver, ask }) => {
  let fakes: Fakes;
  beforeAll(async () => (fakes = await Fakes.start()));
  afterAll(async () => {
    closeConnections();
    await fakes[Symbol.asyncDispose]();
  });

  it('delays no other event, and holds bounded memory', async () => {
    await using receiver = await startReceiver();
    await using relay = await fakes.startRelay({
      yaml: `server: { grpc_port: 0 }\nwebhook: { forward: [{ url: "${receiver.url}", timeout_ms: 60s }] }`,
    });
    leaveUnanswered(receiver);
    let answered = 0;
    const answers: Promise<readonly [string, string]>[] = [];
    while (answers.length < asks) {
      const answer = ask(relay, large).finally(() => (answered += 1));
      answers.push(answer);
      // Or the sender of all at once is too slow for some.
      await Promise.race([answer, receiver.waitFor(answers.length - answered)]);
    }

    const uids = Array.from({ length: 200_000 }, (__, index) => `user${index}`);
    const group = messageBody({ to: uids, channelId: 'all', channelType: 2 });
    expect((await postEvent(relay.url, 'msg.offline', group)).status).toBe(200);
    // A large one takes no small one's room.
    answerAll(receiver);
    expect(await ask(relay, '{"x":1}')).toEqual([granted, 'yes']);
    expect(answered).toBeLessThan(asks);

    await receiver.down();
    expect(await Promise.all(answers)).toEqual(Array(asks).fill([granted, '']));
    expect(await metric(relay.url, 'relay_forwards_total', { result: 'unanswered' })).toBe(asks);
    const peak = /VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${relay.child.pid}/status`, 'utf8'));
    expect(Number(peak?.[1]) / 1024).toBeLessThan(500);
  });
});

function leaveUnanswered(receiver: FakeReceiver | FakeGrpcReceiver): void {
  receiver.answer = () => null;
}

function answerAll(receiver: FakeReceiver | FakeGrpcReceiver): void {
  if (receiver instanceof FakeReceiver) receiver.answer = () => ({ status: 200, body: 'yes' });
  else receiver.answer = () => ({ status: 'Success', data: 'yes' });
}
