import { api, closeConnections, eventually, metric, postMessage, registerApns } from '../helpers/client';
import { answering, FakeResolver } from '../helpers/fake-resolver';
import { Fakes } from '../helpers/fakes';
import { describeWithRedis, RedisServer } from '../helpers/redis-server';
import type { RelayProcess } from '../helpers/relay-process';

const yamlOf = (url: string) => `
delivery: { storm: off }
resolver: { url: "${url}", timeout_ms: 5000 }
`;
const messagesAfter = 30;

describeWithRedis('two relays that share a store and ask the same resolver', () => {
  afterAll(closeConnections);

  it('both forget the names of a user whom one of them erases', async () => {
    const server = await RedisServer.start();
    await using fakes = await Fakes.start();
    await using resolver = await FakeResolver.start();
    const start = () => fakes.startRelay({ yaml: yamlOf(resolver.url), env: { REDIS_URL: server.url } });
    await using one = await start();
    await using other = await start();
    const { apns } = fakes.sandbox;
    await registerApns(one.url, 'bob');
    await registerApns(one.url, 'dave');

    /** Of messages to bob until both relays know of their sender. */
    resolver.behave(
      answering({
        users: [{ uid: 'alice', name: 'Alice' }],
        aliases: [{ uid: 'dave', peer_uid: 'alice', name: 'Sis' }],
      }),
    );
    const hasAsked = (relay: RelayProcess) =>
      metric(relay.url, 'relay_resolver_requests_total', { result: 'ok' }).then((count) => count >= 2);
    await eventually(
      async () => {
        await postMessage(one.url, { from: 'alice', to: ['bob'] });
        await postMessage(other.url, { from: 'alice', to: ['dave'] });
        return (await hasAsked(one)) && (await hasAsked(other));
      },
      (both) => both,
    );
    await eventually(
      () => metric(one.url, 'relay_inbox_depth'),
      (depth) => depth === 0,
    );

    resolver.behave(answering({}));
    expect((await api(one.url, 'DELETE', '/users/alice')).status).toBe(204);
    apns.reset();
    for (let sent = 0; sent < messagesAfter; sent += 1)
      await postMessage(sent % 2 === 0 ? one.url : other.url, {
        from: 'alice',
        to: [sent % 4 < 2 ? 'bob' : 'dave'],
      });
    const titles = (await apns.waitForAccepted(messagesAfter)).map(
      ({ payload }) => (payload['aps'] as { alert: { title?: string } }).alert.title,
    );
    expect(titles.filter((title) => title === 'Alice' || title === 'Sis')).toEqual([]);
    await server.stop();
  });
});
