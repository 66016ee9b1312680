import { resolve } from 'node:path';
import type { Environment } from './environment';
import { readVariable } from './environment';
import type { ConfigInput } from './input';
import { isTree, toKey } from './input';
import type { KeyEntry } from '../key-table';
import type { ConfigProblem, ConfigWarning } from '../problem';
import { DEFAULT_APP } from '../sections/app';
import type { ReadFile } from './read-file';
import { fileSource, readSecretFile, readTwinVariable } from './secret-files';
import { googleCredentialType } from '../credentials/service-account';
import { strangeVariables } from './strange-variables';

export interface OverlayOptions {
  readonly env: Environment;
  readonly cwd: string;
  readonly readFile: ReadFile;
}

const GOOGLE_CREDENTIALS = 'GOOGLE_APPLICATION_CREDENTIALS';
const FCM = ['apps', DEFAULT_APP, 'fcm'] as const;

/** Lays the environment over what the file said; the environment wins. */
export function overlayEnvironment(
  input: ConfigInput,
  keys: readonly KeyEntry[],
  options: OverlayOptions,
): { readonly problems: ConfigProblem[]; readonly warnings: ConfigWarning[] } {
  const problems: ConfigProblem[] = [];
  const hadFcm = isTree(input.get(FCM));
  for (const entry of keys) {
    if (entry.env === undefined) continue;
    const path = entry.path.map((part) => (part === 'NAME' ? DEFAULT_APP : part));
    const { found, problem } = readTwinVariable({ ...entry, env: entry.env }, toKey(path), options);
    if (problem !== null) {
      problems.push(problem);
      input.fail(path);
    }
    if (found !== null || problem !== null) input.remove([...path.slice(0, -1), `${path.at(-1) ?? ''}_file`]);
    if (found !== null) input.set(path, found.value, found.source);
  }
  const google = overlayGoogleCredentials(input, options);
  const warnings = [...google.warnings, ...strangeVariables(keys, options.env)];
  if (
    !hadFcm &&
    !google.isFound &&
    !input.has([...FCM, 'service_account']) &&
    !input.has([...FCM, 'project_id'])
  ) {
    // FCM_URL alone says where FCM is, not that there is a project to send with.
    if (isTree(input.get(FCM)))
      warnings.push({ key: toKey(FCM), message: 'FCM_URL is set, but no credential; FCM is off' });
    input.remove(FCM);
  }
  return { problems: [...problems, ...google.problems], warnings };
}

/** A service account goes the relay's own way; credentials of any other type are left to Google's library. */
function overlayGoogleCredentials(input: ConfigInput, { env, cwd, readFile }: OverlayOptions) {
  const warnings: ConfigWarning[] = [];
  const file = readVariable(env, GOOGLE_CREDENTIALS);
  if (file === null) return { isFound: false, problems: [], warnings };
  const path = [...FCM, 'service_account'];
  const key = toKey(path);
  if (input.has(path) && (input.sourceOf(path) ?? '').startsWith('FCM_SERVICE_ACCOUNT')) {
    warnings.push({ key, message: `${GOOGLE_CREDENTIALS} is not used, because FCM_SERVICE_ACCOUNT is set` });
    return { isFound: true, problems: [], warnings };
  }
  const named = {
    key,
    namedBy: GOOGLE_CREDENTIALS,
    written: file,
    path: resolve(cwd, file),
    isBinary: false,
  };
  const { text, problem } = readSecretFile(named, readFile);
  if (text === null) {
    input.fail(path);
    return { isFound: true, problems: problem === null ? [] : [problem], warnings };
  }
  const source = fileSource(named);
  const type = googleCredentialType(text);
  if (type === null || type === 'service_account') {
    if (input.has(path)) warnings.push({ key, message: `${GOOGLE_CREDENTIALS} replaces what the file says` });
    input.set(path, text, source);
  } else {
    input.remove(path);
    if (!isTree(input.get(FCM))) input.set(FCM, {}, source);
  }
  return { isFound: true, problems: [], warnings };
}
