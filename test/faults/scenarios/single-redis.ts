import { RedisServer } from '../../helpers/redis-server';
import type { FaultyStore } from '../scenario';

/** One Redis server, whose append-only file is written before it answers. */
export class SingleRedis implements FaultyStore {
  readonly yaml = '';

  private constructor(readonly server: RedisServer) {}

  static async open(args: readonly string[] = []): Promise<SingleRedis> {
    return new SingleRedis(await RedisServer.start({ args }));
  }

  get env(): Readonly<Record<string, string>> {
    return { REDIS_URL: this.server.url };
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}
