import { resolve } from 'node:path';
import type { Command } from 'commander';
import { readVariable } from '../config/environment';
import { splitList } from '../config/leaves/lists';
import { ApiClient } from './api-client';
import type { CliIo } from './cli-io';

/** The options of every command that talks to a running relay. */
export interface ApiOptions {
  readonly url?: string;
  readonly apiKeyFile?: string;
  readonly timeout: string;
}

export function addApiOptions(command: Command): Command {
  return command
    .option('--url <url>', 'the relay (default: RELAY_URL, else http://127.0.0.1 with PORT or 8080)')
    .option(
      '--api-key-file <file>',
      'file with an API key (default: RELAY_API_KEY, else the first of API_KEYS or API_KEYS_FILE)',
    )
    .option('--timeout <seconds>', 'give up after', '30');
}

/** The client, or what is wrong with the options. A key is no option itself: others would see it in the process list. */
export function createApiClient(options: ApiOptions, io: CliIo): ApiClient | string {
  const url =
    options.url ??
    readVariable(io.env, 'RELAY_URL') ??
    `http://127.0.0.1:${readVariable(io.env, 'PORT') ?? '8080'}`;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    return `--url: expected http(s)://host[:port], got ${url}`;
  const timeoutSeconds = Number(options.timeout);
  if (!(timeoutSeconds > 0 && timeoutSeconds <= 3600))
    return `--timeout: expected 1 to 3600 seconds, got ${options.timeout}`;
  const key = readApiKey(options, io);
  if (!key.ok) return key.problem;
  return new ApiClient({
    baseUrl: url.replace(/\/+$/, ''),
    apiKey: key.value,
    timeoutMs: timeoutSeconds * 1000,
  });
}

type KeyResult =
  { readonly ok: true; readonly value: string | null } | { readonly ok: false; readonly problem: string };

function readApiKey({ apiKeyFile }: ApiOptions, io: CliIo): KeyResult {
  const direct = readVariable(io.env, 'RELAY_API_KEY') ?? readVariable(io.env, 'API_KEYS');
  if (apiKeyFile === undefined && direct !== null) return { ok: true, value: splitList(direct)[0] ?? null };
  const file = apiKeyFile ?? readVariable(io.env, 'API_KEYS_FILE');
  if (file === null) return { ok: true, value: null };
  try {
    return { ok: true, value: splitList(io.readFile(resolve(io.cwd, file)).toString('utf8'))[0] ?? null };
  } catch {
    return {
      ok: false,
      problem: `${apiKeyFile === undefined ? 'API_KEYS_FILE' : '--api-key-file'}: expected a readable file, got ${file}`,
    };
  }
}
