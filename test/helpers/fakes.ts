import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox';
import { RelayProcess, temporaryDirectory, type RelayProcessOptions } from './relay-process';

export const webhookSecret = 'webhook-secret-of-the-tests';
export const apiKey = 'api-key-of-the-tests';

/** Fake providers of this test process, and what a relay process needs to reach and trust them. */
export class Fakes {
  private constructor(
    readonly sandbox: Sandbox,
    readonly env: Readonly<Record<string, string>>,
  ) {}

  static async start(options: SandboxOptions = {}): Promise<Fakes> {
    const sandbox = await startSandbox(options);
    return new Fakes(sandbox, await relayEnvironment(sandbox));
  }

  /** A relay process that pushes to these fakes. */
  startRelay(options: RelayProcessOptions = {}): Promise<RelayProcess> {
    return RelayProcess.start({ ...options, env: { ...this.env, ...options.env } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sandbox.close();
  }
}

/** What a relay process needs to push to this sandbox, and to trust it. */
export async function relayEnvironment(sandbox: Sandbox): Promise<Readonly<Record<string, string>>> {
  const caFile = join(await temporaryDirectory(), 'ca.pem');
  await writeFile(caFile, sandbox.caPem);
  const { apns, serviceAccount } = sandbox.credentials;
  return {
    NODE_EXTRA_CA_CERTS: caFile,
    PROVIDERS: 'real',
    APNS_KEY: apns.keyPem,
    APNS_KEY_ID: apns.keyId,
    APNS_TEAM_ID: apns.teamId,
    APNS_TOPIC: apns.topic,
    APNS_URL: sandbox.apns.url,
    APNS_SANDBOX_URL: sandbox.apns.sandboxUrl,
    FCM_SERVICE_ACCOUNT: JSON.stringify(serviceAccount),
    FCM_URL: sandbox.fcm.url,
    WEBHOOK_SECRET: webhookSecret,
    API_KEYS: apiKey,
  };
}
