import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { readVariable } from '../config/read/environment';
import { readText, type FileText } from '../config/read/read-file';
import { splitList } from '../config/leaves/lists';
import { shownFile, shownValue } from '../config/shown-value';
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

/** An id that goes into a path. An empty one comes from a variable of the shell that is not set. */
export function parseId(text: string): string {
  if (text === '')
    throw new InvalidArgumentError('Expected an id, but it is empty. Is a variable of the shell not set?');
  // As %2E too, every client takes them for steps in the path.
  if (/^\.\.?$/.test(text)) throw new InvalidArgumentError('The ids . and .. cannot be part of a URL.');
  return text;
}

/** The client, or what is wrong with the options. A key is no option itself: others would see it in the process list. */
export function createApiClient(options: ApiOptions, io: CliIo): ApiClient | string {
  const url = relayUrl(options, io);
  if (!url.ok) return url.problem;
  const timeoutSeconds = Number(options.timeout);
  if (!(timeoutSeconds > 0 && timeoutSeconds <= 3600))
    return `--timeout: expected a number of seconds, at most 3600${got(options.timeout)}`;
  const key = readApiKey(options, io);
  if (!key.ok) return key.problem;
  // What no header can carry would come back in the words of the error, with the key.
  if (key.value !== null && !/^[!-~]+$/.test(key.value))
    return 'the API key: expected printable ASCII characters without blanks';
  return new ApiClient({
    baseUrl: url.value,
    apiKey: key.value,
    timeoutMs: timeoutSeconds * 1000,
  });
}

type TextResult =
  { readonly ok: true; readonly value: string } | { readonly ok: false; readonly problem: string };

function relayUrl({ url }: ApiOptions, { env }: CliIo): TextResult {
  const written = url ?? readVariable(env, 'RELAY_URL');
  if (written === null) {
    const port = readVariable(env, 'PORT') ?? '8080';
    const isPort = /^\d{1,5}$/.test(port) && Number(port) <= 65_535;
    return isPort
      ? { ok: true, value: `http://127.0.0.1:${port}` }
      : { ok: false, problem: `PORT: expected a port, 0 to 65535${got(port)}` };
  }
  const fault = urlFault(written);
  if (fault === null) return { ok: true, value: new URL(written).href.replace(/\/+$/, '') };
  const source = url === undefined ? 'RELAY_URL' : '--url';
  return { ok: false, problem: `${source}: expected http(s)://host[:port][/path]${fault}` };
}

/** What is wrong with the URL, without what may be secret in it; null: nothing. */
function urlFault(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:\/\/[^/]/i.test(text)) return got(text);
  if (url.username !== '' || url.password !== '' || text.includes('@'))
    return '; this one carries a user or a password, and the key comes from RELAY_API_KEY or --api-key-file';
  return /[?#]/.test(text) ? '; this one carries a query or a fragment' : null;
}

function got(text: string): string {
  const shown = shownValue(text);
  return shown === null ? '' : `, got ${shown}`;
}

type KeyResult =
  { readonly ok: true; readonly value: string | null } | { readonly ok: false; readonly problem: string };

function readApiKey({ apiKeyFile }: ApiOptions, io: CliIo): KeyResult {
  const direct = readVariable(io.env, 'RELAY_API_KEY') ?? readVariable(io.env, 'API_KEYS');
  if (apiKeyFile === undefined && direct !== null) return { ok: true, value: splitList(direct)[0] ?? null };
  const file = apiKeyFile ?? readVariable(io.env, 'API_KEYS_FILE');
  if (file === null) return { ok: true, value: null };
  const source = apiKeyFile === undefined ? 'API_KEYS_FILE' : '--api-key-file';
  const read = readNamedFile(file, io);
  if (read.ok) return { ok: true, value: splitList(read.text)[0] ?? null };
  const named = shownFile(file);
  const hint = named === null ? '; it takes the name of a file, not the key' : '';
  return { ok: false, problem: `${source}${named === null ? '' : ` ${named}`}: ${read.message}${hint}` };
}

/** A file that the command line names, or why it cannot be read. */
export function readNamedFile(file: string, io: CliIo): FileText {
  return readText(resolve(io.cwd, file), { isBinary: false, mayBeEmpty: false }, (path) => io.readFile(path));
}
