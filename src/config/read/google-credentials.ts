import { resolve } from 'node:path';
import type { Environment } from './environment';
import { readVariable } from './environment';
import type { ConfigInput } from './input';
import { isTree, toKey } from './input';
import type { ConfigProblem, ConfigWarning } from '../problem';
import { defaultApp } from '../sections/app';
import type { ReadFile } from './read-file';
import { fileSource, readSecretFile } from './secret-files';
import { googleCredentialType } from '../credentials/service-account';

const googleCredentials = 'GOOGLE_APPLICATION_CREDENTIALS';
/** The section that the variables of the environment describe. */
export const fcmPath = ['apps', defaultApp, 'fcm'] as const;

export interface OverlayOptions {
  readonly env: Environment;
  readonly cwd: string;
  readonly readFile: ReadFile;
}

/** `hadFcm`: the file had the section, whatever the environment has added since. */
export function overlayGoogleCredentials(
  input: ConfigInput,
  options: OverlayOptions,
  hadFcm: boolean,
): { readonly problems: readonly ConfigProblem[]; readonly warnings: readonly ConfigWarning[] } {
  const { isFound, problems, warnings } = readGoogleCredentials(input, options);
  const isNamed = ['service_account', 'project_id'].some((name) => input.has([...fcmPath, name]));
  if (hadFcm || isFound || isNamed) return { problems, warnings };
  // FCM_URL alone says where FCM is, not that there is a project to send with.
  if (isTree(input.get(fcmPath)))
    warnings.push({ key: toKey(fcmPath), message: 'FCM_URL is set, but no credential; FCM is off' });
  input.remove(fcmPath);
  return { problems, warnings };
}

/** A service account goes the relay's own way; credentials of any other type are left to Google's library. */
function readGoogleCredentials(input: ConfigInput, { env, cwd, readFile }: OverlayOptions) {
  const warnings: ConfigWarning[] = [];
  const file = readVariable(env, googleCredentials);
  if (file === null) return { isFound: false, problems: [], warnings };
  const path = [...fcmPath, 'service_account'];
  const key = toKey(path);
  if (input.has(path) && (input.sourceOf(path) ?? '').startsWith('FCM_SERVICE_ACCOUNT')) {
    warnings.push({ key, message: `${googleCredentials} is not used, because FCM_SERVICE_ACCOUNT is set` });
    return { isFound: true, problems: [], warnings };
  }
  const named = {
    key,
    namedBy: googleCredentials,
    written: file,
    path: resolve(cwd, file),
    isBinary: false,
    variable: null,
  };
  const { text, problem } = readSecretFile(named, readFile);
  if (text === null) {
    input.fail(path);
    return { isFound: true, problems: problem === null ? [] : [problem], warnings };
  }
  const source = fileSource(named);
  const type = googleCredentialType(text);
  if (type === null || type === 'service_account') {
    if (input.has(path)) warnings.push({ key, message: `${googleCredentials} replaces what the file says` });
    input.set(path, text, source);
  } else {
    input.remove(path);
    if (!isTree(input.get(fcmPath))) input.set(fcmPath, {}, source);
  }
  return { isFound: true, problems: [], warnings };
}
