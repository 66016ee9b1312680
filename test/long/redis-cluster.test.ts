import { Cluster } from 'ioredis';
import { describeWithRedis, RedisCluster } from '../helpers/redis-server';
import { makeRedisStore } from '../contract/store/redis-fixture';
import { describeStore } from '../contract/store/store-suite';

/** The suite asks for one order of all entries, which only one partition has; more of them are tested by themselves. */
describeWithRedis('a cluster of three masters', () => {
  let cluster: RedisCluster;
  let admin: Cluster;
  beforeAll(async () => {
    cluster = await RedisCluster.start();
    admin = new Cluster(cluster.urls);
    await new Promise<void>((resolve) => admin.once('ready', resolve));
  });
  afterAll(async () => {
    admin.disconnect();
    await cluster.stop();
  });
  describeStore('redis cluster', (settings) =>
    makeRedisStore({ kind: 'cluster', urls: cluster.urls }, admin, settings, { partitions: 1 }),
  );
});
