import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { listKeys } from '../../src/config/key-table';
import { loadConfig } from '../../src/config/load-config';
import { problemLine } from '../../src/config/problem';
import { serverSchema } from '../../src/config/sections/server';

const root = join(__dirname, '../..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');

const variables = new Set(
  listKeys().flatMap(({ env, secret }) =>
    env === undefined ? [] : secret === true ? [env, `${env}_FILE`] : [env],
  ),
);
const drainSeconds = serverSchema.parse({}).drain_seconds;
/** What closing takes after the drain; see serve. */
const closingSeconds = 10;

describe('the systemd units', () => {
  const service = read('ops/wukongim-push-relay.service');
  const values = (key: string) =>
    [...service.matchAll(new RegExp(`^#?${key}=(.*)$`, 'gm'))].map(([, value = '']) => value);

  it('hand each secret to a variable that there is', () => {
    const credentials = values('LoadCredential').map((value) => value.split(':')[0]);
    const files = values('Environment').filter((value) => value.includes('=%d/'));
    expect(files.map((value) => value.split('=%d/')[1])).toEqual(credentials);
    for (const value of files) expect(variables).toContain(value.split('=')[0]);
  });

  it('wait for the drain, and start node itself', () => {
    expect(parseInt(values('TimeoutStopSec')[0] ?? '', 10)).toBeGreaterThanOrEqual(
      drainSeconds + closingSeconds,
    );
    expect(values('ExecStart')).toEqual([
      expect.stringMatching(/^\/usr\/bin\/node \S+\/dist\/main\.js serve$/),
    ]);
  });

  it('name the socket as the relay knows it', () => {
    expect(read('ops/wukongim-push-relay.socket')).toMatch(/^FileDescriptorName=server$/m);
  });
});

describe('the alerts', () => {
  const { groups } = parse(read('ops/alerts.yml')) as {
    groups: { rules: { alert: string; expr: string }[] }[];
  };
  const rules = groups.flatMap(({ rules: inGroup }) => inGroup);

  it('stand on metrics that there are', () => {
    const sources = ['src/observability', 'src/compose'].flatMap((folder) =>
      readdirSync(join(root, folder))
        .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
        .map((name) => read(join(folder, name))),
    );
    const metrics = new Set(
      sources.flatMap((source) => [...source.matchAll(/'(relay_\w+)'/g)].map(([, name]) => name)),
    );
    for (const { expr } of rules) {
      for (const [name] of expr.matchAll(/relay_\w+/g))
        expect(metrics).toContain(name.replace(/_bucket$/, ''));
    }
  });

  it('stand in docs/deploy.md, each', () => {
    for (const { alert } of rules) expect(read('docs/deploy.md')).toContain(`\`${alert}\``);
  });
});

interface ComposeService {
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly networks?: readonly string[];
  readonly stop_grace_period?: string;
}

describe('docker-compose.yml', () => {
  const compose = parse(read('docker-compose.yml'), { merge: true }) as {
    services: Readonly<Record<string, ComposeService>>;
    secrets: Readonly<Record<string, unknown>>;
    volumes: Readonly<Record<string, unknown>>;
    networks: Readonly<Record<string, unknown>>;
  };
  const { services } = compose;
  const relays = [services['relay'], services['relay-2']];

  it('sets variables that there are, and files that are mounted', () => {
    for (const relay of relays) {
      const environment = Object.entries(relay?.environment ?? {});
      for (const [name] of environment) expect(variables).toContain(name);
      const files = environment.filter(([name]) => name.endsWith('_FILE')).map(([, file]) => file);
      expect(files.sort()).toEqual((relay?.secrets ?? []).map((name) => `/run/secrets/${name}`).sort());
      expect(parseInt(relay?.stop_grace_period ?? '', 10)).toBeGreaterThanOrEqual(
        drainSeconds + closingSeconds,
      );
    }
  });

  it('names only what it defines', () => {
    for (const { secrets = [], volumes = [], depends_on = {}, networks = [] } of Object.values(services)) {
      for (const name of secrets) expect(compose.secrets).toHaveProperty(name);
      for (const name of networks) expect(compose.networks).toHaveProperty(name);
      for (const name of Object.keys(depends_on)) expect(services).toHaveProperty(name);
      for (const volume of volumes.filter((one) => !one.startsWith('.')))
        expect(compose.volumes).toHaveProperty(volume.split(':')[0] ?? '');
    }
  });

  it('gives each replica a volume of its own', () => {
    const volumes = relays.flatMap((relay) => relay?.volumes ?? []);
    expect(new Set(volumes).size).toBe(2);
  });
});

describe('the image', () => {
  it('gets every file that it copies, and no test', () => {
    const sources = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(
      ([, files = '']) => files.split(' '),
    );
    const ignore = read('.dockerignore').split('\n');
    for (const source of sources) expect(ignore).toContain(`!${source}`);
    expect(ignore).toContain('src/**/*.test.ts');
  });
});

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec: Readonly<Record<string, unknown>>;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

describe('the Kubernetes manifests', () => {
  const manifests = parseAllDocuments(read('ops/kubernetes/relay.yaml')).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Manifest;
  });
  const one = (kind: string) => {
    const found = manifests.find((manifest) => manifest.kind === kind);
    if (found === undefined) throw new Error(`no ${kind}`);
    return found;
  };
  const pod = (one('StatefulSet').spec as { template: { spec: PodSpec } }).template.spec;
  const [container] = pod.containers;

  interface PodSpec {
    readonly terminationGracePeriodSeconds: number;
    readonly containers: readonly {
      readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
      readonly startupProbe: Probe;
      readonly readinessProbe: Probe;
      readonly livenessProbe: Probe;
      readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
      readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
    }[];
  }

  it('hold a configuration that is good, with the secrets where they are mounted', () => {
    const secretFolder = container?.volumeMounts.find(({ name }) => name === 'secrets')?.mountPath ?? '';
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const files: Readonly<Record<string, string>> = {
      'relay.yaml': one('ConfigMap').data?.['relay.yaml'] ?? '',
      'webhook-secret': 'w'.repeat(48),
      'api-keys': 'k'.repeat(48),
      'redis-url': 'redis://:secret@redis:6379',
      'apns-key': privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      'fcm-service-account': JSON.stringify({
        type: 'service_account',
        project_id: 'p',
        client_email: 'relay@p.iam.gserviceaccount.com',
        private_key: rsa.export({ type: 'pkcs8', format: 'pem' }).toString(),
        private_key_id: 'a',
        token_uri: 'https://oauth2.googleapis.com/token',
      }),
    };
    const loaded = loadConfig({
      configPath: '/etc/push-relay/relay.yaml',
      env: {},
      cwd: '/app',
      clock: { now: () => Date.UTC(2026, 0, 1) },
      readFile: (path) => {
        const [folder, name = ''] = [path.slice(0, path.lastIndexOf('/')), path.split('/').at(-1)];
        const content = files[name];
        if (content === undefined || ![secretFolder, '/etc/push-relay'].includes(folder))
          throw new Error(path);
        return Buffer.from(content);
      },
    });
    if (!loaded.ok) throw new Error(loaded.problems.map(problemLine).join('\n'));
    const { server, store, dataDir } = loaded.config;
    expect([store.kind, dataDir]).toEqual([
      'redis',
      container?.volumeMounts.find(({ name }) => name === 'data')?.mountPath,
    ]);
    expect(container?.ports).toEqual([
      { name: 'http', containerPort: server.port },
      { name: 'admin', containerPort: server.admin?.port },
    ]);
    const preStopSeconds =
      Number(/setTimeout\(.*, (\d+)\)/.exec(container?.lifecycle.preStop.exec.command.at(-1) ?? '')?.[1]) /
      1000;
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(
      preStopSeconds + server.drainMs / 1000 + closingSeconds,
    );
  });

  it('ask for health where it is served', () => {
    expect(container?.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'admin' });
    for (const probe of [container?.startupProbe, container?.livenessProbe])
      expect(probe?.httpGet).toEqual({ path: '/healthz', port: 'http' });
  });

  it('speak of the same pods', () => {
    const selectors = manifests.flatMap(({ spec }) => {
      const { selector, podSelector } = (spec ?? {}) as {
        selector?: Record<string, unknown>;
        podSelector?: Record<string, unknown>;
      };
      return [selector, podSelector].filter((found) => found !== undefined);
    });
    expect(selectors.length).toBeGreaterThanOrEqual(5);
    for (const selector of selectors)
      expect(selector['matchLabels'] ?? selector).toEqual({ app: 'push-relay' });
  });
});
