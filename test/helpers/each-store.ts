import { describeWithRedis, RedisCluster, RedisServer } from './redis-server';

/** Which store the relay processes of a test use. */
export interface TestStore {
  /** For a relay process; everything that gets the same answer shares one store. */
  env(): Readonly<Record<string, string>>;
}

const describers = {
  embedded: (name: string, body: (store: TestStore) => void): void =>
    describe(`${name}, embedded store`, () => body({ env: () => ({}) })),
  redis: (name: string, body: (store: TestStore) => void): void =>
    describeWithRedis(`${name}, Redis`, () => {
      let server: RedisServer;
      beforeAll(async () => {
        server = await RedisServer.start();
      });
      body({ env: () => ({ REDIS_URL: server.url }) });
      // After the body's own: hooks run in their order, and a relay without its Redis takes its whole drain time to stop.
      afterAll(() => server.stop());
    }),
  cluster: (name: string, body: (store: TestStore) => void): void =>
    describeWithRedis(`${name}, Redis Cluster`, () => {
      let cluster: RedisCluster;
      beforeAll(async () => {
        cluster = await RedisCluster.start();
      });
      body({ env: () => ({ REDIS_URL: cluster.urls.join(',') }) });
      afterAll(() => cluster.stop());
    }),
};

export type StoreName = keyof typeof describers;

const storeNames = Object.keys(describers) as StoreName[];

/** The same tests on every store: embedded, a single Redis, and a cluster of three masters. */
export function describeOnEachStore(
  name: string,
  body: (store: TestStore) => void,
  names: readonly StoreName[] = storeNames,
): void {
  for (const store of names) describers[store](name, body);
}
