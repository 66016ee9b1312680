import { providerTable, type ProviderName } from '../../domain/provider-table';
import { maskToken } from '../../shared/mask';
import type { CliIo } from '../cli-io';

export interface AcceptedPush {
  readonly provider: ProviderName;
  readonly token: string;
  /** What the provider would hand to the phone; of Web Push, its decrypted text. */
  readonly message: object | string;
  /** Of APNs. */
  readonly environment?: string;
  readonly pushType?: string;
}

export interface RefusedPush {
  readonly provider: ProviderName;
  readonly token: string | null;
  readonly status: number;
  readonly reason: string;
  readonly detail: string;
}

export interface SandboxStart {
  /** Of a relay that pushes to the sandbox: lines of `NAME=value`. */
  readonly environment: string;
  readonly environmentFile: string;
  readonly controlUrl: string | null;
}

/** Told what the sandbox does, and prints it. */
export interface SandboxReport {
  started(start: SandboxStart): void;
  accepted(push: AcceptedPush): void;
  refused(push: RefusedPush): void;
  stopped(accepted: ReadonlyMap<ProviderName, number>): void;
}

/** For people. */
export class TextReport implements SandboxReport {
  readonly #io: CliIo;

  constructor(io: CliIo) {
    this.#io = io;
  }

  started({ environment, environmentFile, controlUrl }: SandboxStart): void {
    const control = controlUrl === null ? '' : `\nThe control plane is at ${controlUrl}.\n`;
    this.#io.stdout.write(
      `The sandbox runs. The environment of a relay that pushes to it, also in ${environmentFile}:\n\n${environment}${control}\n`,
    );
  }

  accepted({ provider, token, message, environment, pushType }: AcceptedPush): void {
    const kind = [environment, pushType].filter((word) => word !== undefined);
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    this.#print([providerTable[provider].title, 'accepted', ...kind, maskToken(token), text]);
  }

  refused({ provider, token, status, reason, detail }: RefusedPush): void {
    const masked = token === null ? '-' : maskToken(token);
    this.#print([providerTable[provider].title, 'refused', masked, String(status), reason, detail]);
  }

  stopped(accepted: ReadonlyMap<ProviderName, number>): void {
    const counts = [...accepted].map(([name, count]) => `${count} by ${providerTable[name].title}`);
    this.#io.stdout.write(`Accepted: ${counts.join(', ')}.\n`);
  }

  #print(words: readonly string[]): void {
    this.#io.stdout.write(`${words.join(' ').replaceAll(/\p{Cc}/gu, '·')}\n`);
  }
}

/** For programs: one object per line. */
export class JsonReport implements SandboxReport {
  readonly #io: CliIo;

  constructor(io: CliIo) {
    this.#io = io;
  }

  started({ environmentFile, controlUrl }: SandboxStart): void {
    this.#write({ type: 'started', environment_file: environmentFile, control_url: controlUrl });
  }

  accepted({ provider, token, message, environment, pushType }: AcceptedPush): void {
    this.#write({
      type: 'accepted',
      provider,
      environment,
      push_type: pushType,
      token: maskToken(token),
      message: typeof message === 'string' ? (JSON.parse(message) as unknown) : message,
    });
  }

  refused({ provider, token, status, reason, detail }: RefusedPush): void {
    const masked = token === null ? null : maskToken(token);
    this.#write({ type: 'refused', provider, token: masked, status, reason, detail });
  }

  stopped(accepted: ReadonlyMap<ProviderName, number>): void {
    this.#write({ type: 'stopped', accepted: Object.fromEntries(accepted) });
  }

  #write(line: object): void {
    this.#io.stdout.write(`${JSON.stringify(line)}\n`);
  }
}
