import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { closeConnections, send } from '../helpers/client';
import { describeWithProgram } from '../helpers/describe-with-program';
import { RelayProcess, temporaryDirectory } from '../helpers/relay-process';
import { describeWithRedis, RedisServer } from '../helpers/redis-server';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[];
  };
  readonly annotations: { readonly list: readonly { readonly expr?: string }[] };
}

const file = join(__dirname, '../../ops/grafana/wukongim-push-relay.json');
const dashboard = JSON.parse(readFileSync(file, 'utf8')) as Dashboard;
const { panels } = dashboard;
const graphs = panels.filter(({ type }) => type !== 'row');
const variables = dashboard.templating.list;
const queries = [
  ...graphs.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ...dashboard.annotations.list.flatMap(({ expr }) => (expr === undefined ? [] : [expr])),
];

/** Names in front of a brace, which in the queries of this dashboard all metrics have. */
function metricsOf(query: string): string[] {
  return [...query.matchAll(/([a-z_]+)\{/g)].map(([, name = '']) => name);
}

/** Histograms are named without what Prometheus appends. */
async function servedMetrics(relay: RelayProcess): Promise<string[]> {
  const { text } = await send(relay.url, { method: 'GET', path: '/metrics' });
  return [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? [`${name}_bucket`] : [name],
  );
}

describe('the Grafana dashboard', () => {
  afterAll(() => closeConnections());

  it('is one that Grafana imports: ids once, no panel over another, the data source chosen by the reader', () => {
    expect(dashboard).toMatchObject({ uid: 'wukongim-push-relay', title: 'wukongim-push-relay' });
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(36);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { title, gridPos } of panels) {
      expect([title, gridPos.x + gridPos.w <= 24]).toEqual([title, true]);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect([title, taken.has(`${x}/${y}`)]).toEqual([title, false]);
          taken.add(`${x}/${y}`);
        }
    }
    for (const { title, description, datasource, targets = [] } of graphs) {
      expect([title, datasource?.uid, description]).toEqual([title, '${datasource}', expect.any(String)]);
      expect(targets.length).toBeGreaterThan(0);
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    }
  });

  it('has variables for what there may be several of, and uses no other', () => {
    const names = variables.map(({ name }) => name);
    expect(names).toEqual(['datasource', 'job', 'store', 'instance', 'provider', 'app']);
    const all = [...queries, ...variables.flatMap(({ definition }) => definition ?? [])].join('\n');
    const used = new Set([...all.matchAll(/\$(?!__)(\w+)/g)].map(([, name]) => name));
    expect([...used].toSorted()).toEqual(names.filter((name) => name !== 'datasource').toSorted());
  });

  describeWithProgram(
    { command: 'promtool', args: ['--version'], aptPackage: 'prometheus' },
    'of promtool on the dashboard',
    () => {
      it('has queries that Prometheus understands', async () => {
        const rules = queries.map((query, at) => ({
          record: `query:${at}`,
          expr: query.replaceAll('$__rate_interval', '5m').replaceAll(/\$\w+/g, 'x'),
        }));
        const file = join(await temporaryDirectory(), 'rules.yml');
        writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
        const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', file], {
          encoding: 'utf8',
        });
        expect([status, stdout + stderr]).toEqual([0, expect.stringContaining('SUCCESS')]);
      });
    },
  );

  describeWithRedis('of metrics', () => {
    let redis: RedisServer;
    beforeAll(async () => {
      redis = await RedisServer.start();
    });
    afterAll(() => redis.stop());

    it('shows nothing that no relay serves, on either store', async () => {
      const yaml = `
webhook: { forward: [{ url: "http://127.0.0.1:9/" }] }
feedback: { url: "http://127.0.0.1:9/", secret: a-secret-of-feedback }
`;
      await using embedded = await RelayProcess.start({ yaml });
      await using shared = await RelayProcess.start({ env: { REDIS_URL: redis.url } });
      const onEmbedded = await servedMetrics(embedded);
      const onRedis = await servedMetrics(shared);
      const wanted = [...new Set(queries.flatMap(metricsOf))];
      expect(wanted.length).toBeGreaterThan(20);
      const missing = wanted.filter((name) => ![...onEmbedded, ...onRedis].includes(name));
      expect(missing).toEqual([]);
      // What is of one store or one feature is the exception.
      expect(wanted.filter((name) => !onEmbedded.includes(name))).toEqual(['relay_journal_depth']);
      expect(wanted.filter((name) => !onRedis.includes(name))).toEqual([
        'relay_forward_depth',
        'relay_feedback_depth',
        'relay_feedback_events_total',
      ]);
    });
  });
});
