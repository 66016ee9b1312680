import { Redis } from 'ioredis';
import { describeWithRedis, hasRedisServer, RedisServer } from '../../helpers/redis-server';
import { makeRedisStore } from './redis-fixture';
import { describeStore } from './store-suite';

describeWithRedis(
  'a single Redis',
  () => {
    let server: RedisServer | null = null;
    let url = process.env['REDIS_URL'] ?? '';
    let admin: Redis;
    beforeAll(async () => {
      if (hasRedisServer) {
        server = await RedisServer.start();
        url = server.url;
      }
      admin = new Redis(url);
    });
    afterAll(async () => {
      admin.disconnect();
      await server?.stop();
    });
    describeStore('redis', (settings) => makeRedisStore({ kind: 'single', url }, admin, settings));
  },
  false,
);
