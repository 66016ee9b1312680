import { systemClock, type Clock } from '../../src/domain/clock';
import { silentLogger } from '../../src/domain/logger';
import type { Logger } from '../../src/domain/logger';
import type { Provider } from '../../src/providers/provider';
import { createIdentity, type SandboxIdentity } from '../../src/sandbox/certificates/identity';
import type { FakeMaker } from '../../src/sandbox/makers/fake-maker';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox';
import { createHttp1Client } from '../../src/transport/http1-client';
import type { HttpClient, Http1ClientOptions } from '../../src/transport/port';
import type { MakerHarness } from './many-tokens-suite';
import type { HarnessOptions, ProviderHarness } from './provider-suite';

export interface MakerContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly createHttp1Client: (options: Http1ClientOptions) => HttpClient;
}

/** What a maker's options have in common: where its fake is, and the limits that a test asks for. */
export interface MakerLimits {
  readonly app: string;
  readonly endpoint: { readonly url: string; readonly proxyUrl: null; readonly ca: string };
  readonly timeoutMs: number;
  readonly maxConnections: number;
}

export type Given = HarnessOptions & { readonly clock?: Clock };

/** What one maker adds. */
export type MakerPart<Fake extends FakeMaker> = Omit<
  MakerHarness,
  'provider' | 'connections' | 'fake' | 'maker' | 'close' | 'read'
> & { readonly fake: Fake };

/** A started maker: its provider before its fake. */
export interface Started<Fake extends FakeMaker> extends MakerHarness {
  readonly sandbox: Sandbox;
  readonly own: Fake;
}

let identity: SandboxIdentity | null = null;

export async function startMaker<Fake extends FakeMaker>(
  { clock = systemClock, url, timeoutMs = 60_000, maxConnections = 100 }: Given,
  create: (sandbox: Sandbox, limits: MakerLimits, context: MakerContext) => Provider,
  part: (sandbox: Sandbox) => MakerPart<Fake>,
): Promise<Started<Fake>> {
  identity ??= await createIdentity({ clock: systemClock });
  const sandbox = await startSandbox({ identity });
  const clients: HttpClient[] = [];
  const { fake, ...rest } = part(sandbox);
  const endpoint = { url: url ?? fake.url, proxyUrl: null, ca: sandbox.caPem };
  const provider = create(
    sandbox,
    { app: 'default', endpoint, timeoutMs, maxConnections },
    {
      clock,
      logger: silentLogger,
      createHttp1Client: (options) => {
        const client = createHttp1Client(options);
        clients.push(client);
        return client;
      },
    },
  );
  return {
    ...rest,
    sandbox,
    own: fake,
    provider,
    connections: () => clients.reduce((sum, one) => sum + one.stats().connections, 0),
    fake: fake as unknown as ProviderHarness['fake'],
    maker: fake,
    read: () => ({ id: null, badge: null }),
    close: async () => {
      await provider.close(0);
      await sandbox.close();
    },
  };
}

const byCall = 'a script sees a call, and not the devices in it';
const http1 = 'HTTP/1.1 has no such thing';

/** What no maker of many device tokens per call can be asked. */
export const notOfMakers: Readonly<Record<string, string>> = {
  'gives each of 300 devices its own id and badge': 'a call has one badge for all of its devices',
  'settles every delivery once, whatever becomes of it': byCall,
  'loses nothing in flight at a GOAWAY': http1,
  'sends again at once what was refused unprocessed': http1,
  'says so when the peer speaks no HTTP/2': http1,
};

const forever = 'its secret never expires';

/** Nor one whose calls are signed with a secret. */
export const notOfSigners: Readonly<Record<string, string>> = {
  ...notOfMakers,
  'makes one credential for all who start at once': forever,
  'renews an expired credential once under 200 concurrent pushes, and repeats them': forever,
};
