import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { listKeys } from '../../src/config/key-table';
import { loadConfig } from '../../src/config/load-config';
import { problemLine } from '../../src/config/problem';
import { serverSchema } from '../../src/config/sections/server';
import { lostCauses } from '../../src/observability/webhook-labels';
import { describeWithProgram } from '../helpers/describe-with-program';
import { RelayProcess } from '../helpers/relay-process';

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
      expect.stringMatching(/^\/usr\/bin\/node (--\S+ )+\/\S+\/dist\/main\.js serve$/),
    ]);
  });

  it('give this Node.js options that it knows, those of the image', () => {
    const [entrypoint = ''] = /^ENTRYPOINT (.*)$/m.exec(read('Dockerfile'))?.slice(1) ?? [];
    const options = (JSON.parse(entrypoint) as string[]).filter((word) => word.startsWith('--'));
    expect(values('ExecStart')[0]?.match(/(?<= )--\S+/g)).toEqual(options);
    expect(spawnSync(process.execPath, [...options, '--version']).status).toBe(0);
  });

  it('name the socket as the relay knows it', () => {
    expect(read('ops/wukongim-push-relay.socket')).toMatch(/^FileDescriptorName=server$/m);
  });
});

interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<string, string>>;
}

describe('the alerts', () => {
  const { groups } = parse(read('ops/alerts.yml')) as {
    groups: { rules: (AlertRule | { alert?: never; record: string; expr: string })[] }[];
  };
  const allRules = groups.flatMap(({ rules: inGroup }) => inGroup);
  const rules = allRules.filter((rule): rule is AlertRule => rule.alert !== undefined);
  const recorded = allRules.flatMap((rule) => (rule.alert === undefined ? [rule.record] : []));

  it('stand on metrics that there are', () => {
    const sources = ['src/observability', 'src/observability/metrics', 'src/compose'].flatMap((folder) =>
      readdirSync(join(root, folder))
        .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
        .map((name) => read(join(folder, name))),
    );
    const metrics = new Set(
      sources.flatMap((source) => [...source.matchAll(/'(relay_\w+)'/g)].map(([, name]) => name)),
    );
    for (const { expr } of allRules) {
      const plain = recorded.reduce((text, name) => text.replaceAll(name, ''), expr);
      for (const [name] of plain.matchAll(/relay_\w+/g))
        expect(metrics).toContain(name.replace(/_bucket$/, ''));
    }
  });

  it('match the labels that each way to scrape gives', () => {
    const job = 'push-relay';
    const prometheus = parse(read('ops/prometheus.yml')) as ScrapeFile & { rule_files: string[] };
    const kubernetes = parse(read('ops/kubernetes/scrape.yml')) as ScrapeFile;
    const monitor = parse(read('ops/kubernetes/podmonitor.yaml')) as {
      spec: {
        podMetricsEndpoints: { port: string; relabelings: { targetLabel: string; replacement: string }[] }[];
      };
    };
    expect(prometheus.rule_files).toEqual(['alerts.yml']);
    for (const { job_name } of [...prometheus.scrape_configs, ...kubernetes.scrape_configs])
      expect(job_name).toBe(job);
    for (const { port, relabelings } of monitor.spec.podMetricsEndpoints) {
      expect(port).toBe('admin');
      expect(relabelings).toContainEqual({ targetLabel: 'job', replacement: job });
      expect(relabelings).toContainEqual({ targetLabel: 'service', replacement: 'push-relay-pods' });
    }
    // By annotation, the job is the cluster's own; the pod's name and label are ours.
    const down = rules.find(({ alert }) => alert === 'RelayDown')?.expr ?? '';
    for (const matcher of ['job=~".*push-relay.*"', 'app="push-relay"', 'pod=~"push-relay-.*"'])
      expect(down).toContain(`up{${matcher}}`);
    for (const { alert, expr } of rules.filter((rule) => rule.alert !== 'RelayDown'))
      expect([alert, /job=/.test(expr)]).toEqual([alert, false]);
  });

  describeWithProgram(
    { command: 'promtool', args: ['--version'], aptPackage: 'prometheus' },
    'of promtool on the alerts',
    () => {
      const promtool = (args: readonly string[], input = '') =>
        spawnSync('promtool', args, { cwd: join(root, 'ops'), input, encoding: 'utf8' });

      it.each([
        ['check', 'rules', 'alerts.yml'],
        ['test', 'rules', 'alerts.test.yml'],
        ['check', 'config', '--syntax-only', 'prometheus.yml'],
      ])('%s %s passes', (...args) => {
        const { status, stdout, stderr } = promtool(args);
        expect([status, stdout + stderr]).toEqual([0, expect.stringContaining('SUCCESS')]);
      });

      it('check metrics finds nothing in what the relay serves', async () => {
        await using relay = await RelayProcess.start();
        const answer = await fetch(`${relay.url}/metrics`, { headers: { connection: 'close' } });
        const { status, stdout, stderr } = promtool(['check', 'metrics'], await answer.text());
        expect([status, stdout, stderr]).toEqual([0, '', '']);
      });
    },
  );

  it.each([
    ['docs/runbook.md', ['**Meaning.**', '**Look.**', '**Do.**']],
    ['docs/zh-CN/runbook.md', ['**含义。**', '**排查。**', '**处理。**']],
  ])('each have a section in %s, which has no other', (path, parts) => {
    const page = read(path);
    const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    expect(headings.toSorted()).toEqual(rules.map(({ alert }) => alert).toSorted());
    for (const cause of lostCauses) expect(page).toContain(`\`${cause}\``);
    for (const section of page.split(/^## /m).slice(1))
      for (const part of parts) expect(section).toContain(part);
  });

  it('find at 0 what they count, before the first webhook', async () => {
    await using relay = await RelayProcess.start();
    const answer = await fetch(`${relay.url}/metrics`, { headers: { connection: 'close' } });
    const text = await answer.text();
    expect(text).toContain('relay_webhook_requests_total{event="msg.offline",result="accepted"} 0\n');
    for (const provider of ['apns', 'fcm', 'xiaomi'])
      expect(text).toContain(
        `relay_deliveries_total{provider="${provider}",app="default",outcome="accepted"} 0\n`,
      );
  });

  it('link their section of docs/runbook.md', () => {
    for (const { alert, annotations } of rules)
      expect(annotations['runbook_url']).toBe(
        `https://push.example.com/docs/runbook.md#${alert.toLowerCase()}`,
      );
  });

  it('stand in docs/deploy.md, each', () => {
    for (const { alert } of rules) expect(read('docs/deploy.md')).toContain(`\`${alert}\``);
  });
});

interface ScrapeFile {
  readonly scrape_configs: readonly { readonly job_name: string }[];
}

interface ComposeService {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly read_only?: boolean;
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

  it('stores each image’s data on a volume', () => {
    const at = (name: string) => {
      const found = services[name];
      if (found === undefined) throw new Error(`no service ${name}`);
      return found;
    };
    const words = (name: string) => at(name).command ?? [];
    const isNamedVolume = (name: string, path: string) =>
      (at(name).volumes ?? []).some((volume) => {
        const [source = '', target = ''] = volume.split(':');
        return source in compose.volumes && (path === target || path.startsWith(`${target}/`));
      });
    // What each image writes to; without the setting, a folder in the container's own layer.
    const paths: Readonly<Record<string, string | undefined>> = {
      wukongim: at('wukongim').environment?.['WK_ROOTDIR'],
      redis: words('redis')[words('redis').indexOf('--dir') + 1],
      relay: at('relay').environment?.['DATA_DIR'],
      'relay-2': at('relay-2').environment?.['DATA_DIR'],
    };
    // nginx keeps nothing: its file system is read-only, and what it writes lives in memory.
    expect(Object.keys(services).sort()).toEqual([...Object.keys(paths), 'balancer'].sort());
    expect(at('balancer')).toMatchObject({ read_only: true });
    for (const [name, path] of Object.entries(paths))
      expect([name, isNamedVolume(name, path ?? '')]).toEqual([name, true]);
    expect(words('redis').join(' ')).toContain('--appendonly yes');
  });

  it('bounds memory and processes of each service', () => {
    for (const service of Object.values(services))
      expect(service).toMatchObject({ mem_limit: expect.anything(), pids_limit: expect.any(Number) });
  });

  it('names a fixed version of each image', () => {
    for (const { image } of Object.values(services)) {
      const [, version = ''] = /:-?\S+:([^:}]+)\}$/.exec(image ?? '') ?? [];
      expect(version).toMatch(/^v?\d+\.\d+\.\d+/);
    }
  });

  it('runs without credentials beside ops/compose/sandbox.yml', () => {
    const sandbox = parse(read('ops/compose/sandbox.yml'), {
      merge: true,
      customTags: (tags) => [
        ...tags,
        { tag: '!override', collection: 'map' as const },
        { tag: '!override', collection: 'seq' as const },
      ],
    }) as { services: Readonly<Record<string, ComposeService>> };
    for (const name of ['relay', 'relay-2']) {
      const { environment = {}, secrets = [] } = sandbox.services[name] ?? {};
      expect(environment['PROVIDERS']).toBe('sandbox');
      for (const variable of Object.keys(environment)) expect(variables).toContain(variable);
      for (const secret of secrets) expect(compose.secrets).toHaveProperty(secret);
      const kept = Object.entries(services[name]?.environment ?? {}).filter(
        ([variable]) => !/^(?:APNS|FCM)_/.test(variable),
      );
      expect(environment).toMatchObject(Object.fromEntries(kept));
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

  it('stands on a fixed version, and says what it is', () => {
    expect(read('Dockerfile')).toMatch(/^ARG NODE_IMAGE=node:\d+\.\d+\.\d+-\S+$/m);
    const labels = [...read('Dockerfile').matchAll(/org\.opencontainers\.image\.(\w+)=/g)].map(
      ([, name]) => name,
    );
    expect(labels).toEqual(expect.arrayContaining(['version', 'revision', 'source', 'title', 'licenses']));
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(read('Dockerfile')).toContain(`ARG VERSION=${version}\n`);
    expect(read('docker-compose.yml')).toContain(`wukongim-push-relay:${version}}`);
    expect(read('ops/kubernetes/kustomization.yaml')).toContain(`newTag: ${version}\n`);
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
      clock: { now: () => Date.UTC(2026, 0, 1), monotonicMs: () => Date.UTC(2026, 0, 1) },
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
    const monitor = parse(read('ops/kubernetes/podmonitor.yaml')) as Manifest;
    expect(monitor.spec['selector']).toEqual({ matchLabels: { app: 'push-relay' } });
    for (const selector of selectors)
      expect(selector['matchLabels'] ?? selector).toEqual({ app: 'push-relay' });
  });

  it('apply without anything that a cluster may not have', () => {
    const known = ['ConfigMap', 'Service', 'StatefulSet', 'PodDisruptionBudget', 'NetworkPolicy'];
    expect([...new Set(manifests.map(({ kind }) => kind))].sort()).toEqual(known.sort());
    const { resources } = parse(read('ops/kubernetes/kustomization.yaml')) as { resources: string[] };
    expect(resources).toEqual(['relay.yaml']);
  });

  it('let names be asked for, at the node’s cache too', () => {
    const { egress } = one('NetworkPolicy').spec as { egress: { to: object[]; ports: { port: number }[] }[] };
    const dns = egress.filter(({ ports }) => ports.some(({ port }) => port === 53)).flatMap(({ to }) => to);
    expect(dns).toContainEqual({ ipBlock: { cidr: '169.254.20.10/32' } });
    expect(dns).toHaveLength(2);
  });

  it('roll the pods with the configuration', () => {
    const { template } = one('StatefulSet').spec as { template: { metadata: { annotations: object } } };
    expect(template.metadata.annotations).toHaveProperty('push-relay/configuration');
    expect(read('docs/deploy.md')).toContain('push-relay/configuration');
  });

  it('scale the set that there is, by the metric’s own Service', () => {
    const autoscaler = parse(read('ops/kubernetes/autoscaler.yaml')) as {
      spec: {
        scaleTargetRef: { kind: string; name: string };
        metrics: { object: { describedObject: { name: string } } }[];
      };
    };
    expect(autoscaler.spec.scaleTargetRef).toMatchObject({
      kind: 'StatefulSet',
      name: one('StatefulSet').metadata.name,
    });
    const services = manifests.filter(({ kind }) => kind === 'Service').map(({ metadata }) => metadata.name);
    expect(services).toContain(autoscaler.spec.metrics[0]?.object.describedObject.name);
  });
});
