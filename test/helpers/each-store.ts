import { describeWithRedis, RedisCluster, RedisServer } from './redis-server';

/** Which store the relay processes of a test use. */
export interface TestStore {
  /** For a relay process; everything that gets the same answer shares one store. */
  env(): Readonly<Record<string, string>>;
}

/** The same tests on every store: embedded, a single Redis, and a cluster of three masters. */
export function describeOnEachStore(name: string, body: (store: TestStore) => void): void {
  describe(`${name}, embedded store`, () => body({ env: () => ({}) }));
  describeWithRedis(`${name}, Redis`, () => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await RedisServer.start();
    });
    afterAll(() => server.stop());
    body({ env: () => ({ REDIS_URL: server.url }) });
  });
  describeWithRedis(`${name}, Redis Cluster`, () => {
    let cluster: RedisCluster;
    beforeAll(async () => {
      cluster = await RedisCluster.start();
    });
    afterAll(() => cluster.stop());
    body({ env: () => ({ REDIS_URL: cluster.urls.join(',') }) });
  });
}
