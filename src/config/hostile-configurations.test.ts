import { Configurations, marker } from '../../test/hostile/configurations';
import { parseServerUrl } from '../store/redis/server/server-address';
import { loadConfig } from './load-config';
import { maskedYaml } from './masked-config';
import { problemLine, warningLine } from './problem';

const rounds = 400;

describe('generated configurations', () => {
  it('never throw, never show a secret, and are used by serve as they were checked', () => {
    const generator = new Configurations(20_260_101);
    for (let round = 0; round < rounds; round += 1) {
      const given = generator.next();
      const result = loadConfig({
        configPath: given.yaml === null ? null : '/relay.yaml',
        env: given.env,
        cwd: '/',
        clock: { now: () => Date.UTC(2026, 0, 1), monotonicMs: () => 0 },
        readFile: (path) =>
          Buffer.from(path === '/relay.yaml' ? (given.yaml ?? '') : (given.files[path] ?? '')),
      });
      const shown = [
        ...result.warnings.map(warningLine),
        ...(result.ok
          ? [maskedYaml(result.printable), JSON.stringify(result.config)]
          : result.problems.map(problemLine)),
      ].join('\n');
      if (shown.includes(marker)) throw new Error(`${JSON.stringify(given)}\n${shown}`);
      if (!result.ok || result.config.store.kind !== 'redis') continue;
      const { topology } = result.config.store;
      const urls =
        topology.kind === 'single'
          ? [topology.url]
          : topology.kind === 'cluster'
            ? topology.urls
            : topology.sentinels;
      for (const url of urls) expect(() => parseServerUrl(url.reveal())).not.toThrow();
    }
  });
});
