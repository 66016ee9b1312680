import { chmod, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { SandboxIdentity } from '../../sandbox/certificates/identity';
import type { Sandbox } from '../../sandbox/sandbox';
import { makeDirectory } from '../../shared/make-directory';
import { relayConfiguration } from './relay-configuration';

const identityFile = 'identity.json';

/** The folder with a sandbox's keys, and with what a relay needs to push to it. Readable by its owner alone. */
export class CredentialFolder {
  readonly #isTemporary: boolean;

  private constructor(
    readonly path: string,
    isTemporary: boolean,
  ) {
    this.#isTemporary = isTemporary;
  }

  /** `folder` null: a temporary one, which `close` removes. */
  static async open(folder: string | null, cwd: string): Promise<CredentialFolder> {
    if (folder === null) return new CredentialFolder(await mkdtemp(join(tmpdir(), 'relay-sandbox-')), true);
    const path = resolve(cwd, folder);
    await makeDirectory(path);
    return new CredentialFolder(path, false);
  }

  /** The keys of an earlier run; null when there was none. */
  async readIdentity(topic: string): Promise<SandboxIdentity | null> {
    try {
      const identity = JSON.parse(await readFile(join(this.path, identityFile), 'utf8')) as SandboxIdentity;
      // An earlier version's has no keys for Web Push.
      return identity.apns.topic === topic && 'vapid' in identity ? identity : null;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
  }

  /** Resolves with the environment of a relay that pushes to this sandbox, one `NAME=value` a line. */
  async write(sandbox: Sandbox): Promise<string> {
    const { apns, apnsCertificate, serviceAccount } = sandbox.credentials;
    const keyFile = `AuthKey_${apns.keyId}.p8`;
    await this.#write(identityFile, JSON.stringify(sandbox.identity));
    await this.#write('ca.pem', sandbox.caPem);
    await this.#write(keyFile, apns.keyPem);
    await this.#write('apns.p12', apnsCertificate.pfx);
    await this.#write('service-account.json', JSON.stringify(serviceAccount, null, 2));
    const environment = [
      'PROVIDERS=real',
      `NODE_EXTRA_CA_CERTS=${join(this.path, 'ca.pem')}`,
      `APNS_KEY_FILE=${join(this.path, keyFile)}`,
      `APNS_KEY_ID=${apns.keyId}`,
      `APNS_TEAM_ID=${apns.teamId}`,
      `APNS_TOPIC=${apns.topic}`,
      `APNS_URL=${sandbox.apns.url}`,
      `APNS_SANDBOX_URL=${sandbox.apns.sandboxUrl}`,
      `FCM_SERVICE_ACCOUNT_FILE=${join(this.path, 'service-account.json')}`,
      `FCM_URL=${sandbox.fcm.url}`,
      `RELAY_CONFIG=${join(this.path, 'relay.json')}`,
      '',
    ].join('\n');
    await this.#write('relay.json', JSON.stringify(relayConfiguration(sandbox), null, 2));
    await this.#write('relay.env', environment);
    return environment;
  }

  async close(): Promise<void> {
    if (this.#isTemporary) await rm(this.path, { recursive: true, force: true });
  }

  /** Whole or not at all: a relay may read it at this moment. */
  async #write(name: string, content: string | Buffer): Promise<void> {
    const path = join(this.path, name);
    await writeFile(`${path}.new`, content, { mode: 0o600 });
    await chmod(`${path}.new`, 0o600);
    await rename(`${path}.new`, path);
  }
}
