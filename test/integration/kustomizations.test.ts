import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { loadConfig } from '../../src/config/load-config';
import { problemLine } from '../../src/config/problem';

const root = join(__dirname, '../..');
const folder = join(root, 'ops/kubernetes');
const kustomizations = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('kustomization.yaml'))
  .map((name) => join('ops/kubernetes', name));
const read = (name: string) => readFileSync(join(root, name), 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };

interface Kustomization {
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly patches?: readonly { readonly path: string }[];
  readonly replicas?: readonly { readonly name: string; readonly count: number }[];
  readonly images?: readonly { readonly name: string; readonly newTag: string }[];
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly restartPolicy?: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly replicas?: number;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly { readonly targetPort: string }[];
    readonly template?: {
      readonly metadata?: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly initContainers?: readonly Container[];
        readonly containers: readonly Container[];
        readonly volumes?: readonly { readonly name: string }[];
      };
    };
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
  };
}

const manifestsOf = (text: string) =>
  parseAllDocuments(text).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Manifest;
  });
const setOf = (manifests: readonly Manifest[], name: string) => {
  const found = manifests.find(({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === name);
  if (found?.spec.template === undefined) throw new Error(`no StatefulSet ${name}`);
  return { ...found, pod: found.spec.template.spec };
};

describe.each(kustomizations)('%s', (name) => {
  const content = parse(read(name)) as Kustomization;

  it('names files that there are', () => {
    const paths = [...(content.resources ?? []), ...(content.patches ?? []).map(({ path }) => path)];
    expect(paths.length).toBeGreaterThan(0);
    for (const path of paths) expect(existsSync(join(root, dirname(name), path))).toBe(true);
    for (const path of content.components ?? [])
      expect(existsSync(join(root, dirname(name), path, 'kustomization.yaml'))).toBe(true);
  });

  it('sets images and replicas of what its files have, with this version of the relay', () => {
    const texts = [...(content.resources ?? []), ...(content.patches ?? []).map(({ path }) => path)].map(
      (path) => read(join(dirname(name), path)),
    );
    for (const { name: image, newTag } of content.images ?? []) {
      expect(texts.join('\n')).toContain(`image: ${image}:`);
      if (image.endsWith('wukongim-push-relay')) expect(newTag).toBe(version);
    }
    const sets = texts
      .flatMap(manifestsOf)
      .filter(({ kind }) => kind === 'StatefulSet')
      .map(({ metadata }) => metadata.name);
    for (const { name: set } of content.replicas ?? []) expect(sets).toContain(set);
  });
});

describe('the Redis of the relays', () => {
  const manifests = manifestsOf(read('ops/kubernetes/redis/redis.yaml'));
  const { pod, spec } = setOf(manifests, 'push-relay-redis');

  it('keeps data and refuses to evict, as the relay needs it', () => {
    const args = pod.containers[0]?.args?.join(' ');
    expect(args).toContain('--appendonly yes');
    expect(args).toContain('--maxmemory-policy noeviction');
    expect(pod.containers[0]?.volumeMounts).toEqual([{ name: 'data', mountPath: '/data' }]);
  });

  it('lets in the pods of the relay only, which may reach it', () => {
    const labels = spec.template?.metadata?.labels ?? {};
    const [service] = manifests.filter(({ kind }) => kind === 'Service');
    expect(service?.spec.selector).toEqual(labels);
    const policy = manifests.find(({ kind }) => kind === 'NetworkPolicy')?.spec as unknown as {
      podSelector: { matchLabels: object };
      ingress: { from: object[] }[];
    };
    expect(policy.podSelector.matchLabels).toEqual(labels);
    expect(policy.ingress.flatMap(({ from }) => from)).toEqual([
      { podSelector: { matchLabels: { app: 'push-relay' } } },
    ]);
    const out = read('ops/kubernetes/relay.yaml');
    expect(labels['app']).toBe('redis');
    expect(out).toContain('podSelector: { matchLabels: { app: redis } }');
  });
});

describe('the sidecar', () => {
  const { pod, spec } = setOf(manifestsOf(read('ops/kubernetes/sidecar/relay.yaml')), 'wukongim');
  const [relay] = pod.initContainers ?? [];
  const env = Object.fromEntries((relay?.env ?? []).map(({ name, value = '' }) => [name, value]));

  it('has a configuration that is good, with secrets where they are mounted', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const mount = relay?.volumeMounts?.find(({ name }) => name === 'push-relay-secrets')?.mountPath ?? '';
    const files: Readonly<Record<string, string>> = {
      [`${mount}/webhook-secret`]: 'w'.repeat(20) + 'xyz',
      [`${mount}/api-keys`]: 'k'.repeat(20) + 'xyz',
      [`${mount}/apns-key`]: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      [`${mount}/fcm-service-account`]: JSON.stringify({
        type: 'service_account',
        project_id: 'p',
        client_email: 'relay@p.iam.gserviceaccount.com',
        private_key: rsa.export({ type: 'pkcs8', format: 'pem' }).toString(),
        private_key_id: 'a',
        token_uri: 'https://oauth2.googleapis.com/token',
      }),
    };
    const loaded = loadConfig({
      configPath: null,
      env,
      cwd: '/app',
      clock: { now: () => Date.UTC(2026, 0, 1), monotonicMs: () => 0 },
      readFile: (path) => {
        const content = files[path];
        if (content === undefined) throw new Error(path);
        return Buffer.from(content);
      },
    });
    if (!loaded.ok) throw new Error(loaded.problems.map(problemLine).join('\n'));
    const { store, server, dataDir } = loaded.config;
    expect([store.kind, server.port]).toEqual(['embedded', relay?.ports?.[0]?.containerPort]);
    expect(relay?.volumeMounts).toContainEqual({ name: 'push-relay', mountPath: dataDir });
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(server.drainMs / 1000 + 10);
  });

  it('starts before WuKongIM and stops after it, and is where WuKongIM calls', () => {
    expect(relay).toMatchObject({ name: 'push-relay', restartPolicy: 'Always' });
    const variables = pod.containers.find(({ name }) => name === 'wukongim')?.env ?? [];
    // $(NAME) is replaced only where NAME is defined above it.
    expect(variables.map(({ name }) => name).slice(0, 2)).toEqual(['WEBHOOK_SECRET', 'WK_WEBHOOK_HTTPADDR']);
    expect(variables[1]?.value).toBe('http://127.0.0.1:8080/webhook/$(WEBHOOK_SECRET)');
  });

  it('mounts what it defines, and keeps the volume of WuKongIM', () => {
    const defined = [
      ...(pod.volumes ?? []).map(({ name }) => name),
      ...(spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name),
    ];
    for (const { name } of relay?.volumeMounts ?? []) expect(defined).toContain(name);
    // A patch replaces the list of claims, so that it has to repeat WuKongIM's own.
    const own = setOf(manifestsOf(read('ops/kubernetes/sidecar/wukongim.yaml')), 'wukongim');
    expect(spec.volumeClaimTemplates).toEqual(
      expect.arrayContaining([...(own.spec.volumeClaimTemplates ?? [])]),
    );
  });
});

const probe = spawnSync('kubectl', ['kustomize', folder], { encoding: 'utf8' });
if (probe.error !== undefined)
  process.stderr.write('kubectl is not on the PATH: the kustomizations are not rendered\n');
const describeWithKubectl = probe.error === undefined ? describe : describe.skip;

describeWithKubectl('kubectl kustomize', () => {
  const render = (path: string) => {
    const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', path], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    return manifestsOf(stdout);
  };

  it('renders the replicas', () => {
    const { spec, pod } = setOf(render(folder), 'push-relay');
    expect([spec.replicas, pod.containers[0]?.image]).toEqual([
      2,
      `registry.example.com/wukongim-push-relay:${version}`,
    ]);
  });

  it('renders the sidecar into WuKongIM’s pod', () => {
    const manifests = render(join(folder, 'sidecar'));
    const { pod } = setOf(manifests, 'wukongim');
    expect(pod.initContainers?.map(({ image }) => image)).toEqual([
      `registry.example.com/wukongim-push-relay:${version}`,
    ]);
    const [wukongim] = pod.containers;
    const names = wukongim?.env?.map(({ name }) => name) ?? [];
    expect(names).toEqual(expect.arrayContaining(['WK_TOKENAUTHON', 'WK_WEBHOOK_HTTPADDR']));
    expect(names.indexOf('WEBHOOK_SECRET')).toBeLessThan(names.indexOf('WK_WEBHOOK_HTTPADDR'));
    const ports = [...pod.containers, ...(pod.initContainers ?? [])].flatMap(({ ports: inContainer = [] }) =>
      inContainer.map(({ name }) => name),
    );
    for (const { spec } of manifests.filter(({ kind }) => kind === 'Service'))
      for (const { targetPort } of spec.ports ?? []) expect(ports).toContain(targetPort);
  });
});
