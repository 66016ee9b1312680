import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ReceiptVerdict } from '../domain/outcome';
import { createReceiptHandler, type ReceiptPorts } from './handler';

const verdict: ReceiptVerdict = { kind: 'unregistered', reason: 'gone', token: 'any', asOfMs: 1 };

describe('a receipt', () => {
  let server: Server;
  let isAway: boolean;
  let reports: number;
  const marks = new Map<string, string>();

  const portsOf = (): ReceiptPorts => ({
    readerOf: () => () => ({
      kind: 'read',
      verdicts: [verdict],
      once: 'nonce',
      answer: { contentType: 'text/plain', body: '' },
    }),
    report: () => {
      reports += 1;
      return isAway ? Promise.reject(new Error('away')) : Promise.resolve('forgotten');
    },
    sharedState: {
      get: (key) => Promise.resolve(marks.get(key) ?? null),
      set: (key, value) => Promise.resolve(void marks.set(key, value)),
    },
    events: { verdict: () => {}, refused: () => {}, failed: () => {} },
    clock: { now: () => 1, monotonicMs: () => 1 },
    makeId: () => 'made-here',
  });

  beforeAll(async () => {
    server = createServer(createReceiptHandler({ secret: 'a-secret' }, portsOf()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('is refused without a word where no secret is configured', async () => {
    const refused = jest.fn();
    const ports = { ...portsOf(), events: { verdict: () => {}, refused, failed: () => {} } };
    const statusOf = async (secret: string | null) => {
      const closed = createServer(createReceiptHandler({ secret }, ports));
      await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
      const { port } = closed.address() as AddressInfo;
      const { status } = await fetch(`http://127.0.0.1:${port}/receipts/huawei/app/wrong`, {
        method: 'POST',
      });
      closed.closeAllConnections();
      await new Promise((resolve) => closed.close(resolve));
      return status;
    };
    expect(await statusOf(null)).toBe(404);
    expect(refused).not.toHaveBeenCalled();
    expect(await statusOf('a-secret')).toBe(404);
    expect(refused).toHaveBeenCalledWith('huawei', 'app', 'wrong_secret');
  });

  it('counts when it comes again after the store was away, and then no more', async () => {
    const { port } = server.address() as AddressInfo;
    const send = async () => {
      reports = 0;
      const answer = await fetch(`http://127.0.0.1:${port}/receipts/huawei/app/a-secret`, { method: 'POST' });
      expect(answer.headers.get('x-request-id')).toBe('made-here');
      return [answer.status, reports];
    };
    isAway = true;
    expect(await send()).toEqual([503, 1]);
    isAway = false;
    expect(await send()).toEqual([200, 1]);
    expect(await send()).toEqual([200, 0]);
  });
});
