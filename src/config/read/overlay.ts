import type { ConfigInput } from './input';
import { isTree, toKey } from './input';
import type { KeyEntry } from '../key-table';
import type { ConfigProblem, ConfigWarning } from '../problem';
import { defaultApp } from '../sections/app';
import { readTwinVariable } from './secret-files';
import { fcmPath, overlayGoogleCredentials, type OverlayOptions } from './google-credentials';
import { strangeVariables } from './strange-variables';

/** Lays the environment over what the file said; the environment wins. */
export function overlayEnvironment(
  input: ConfigInput,
  keys: readonly KeyEntry[],
  options: OverlayOptions,
): { readonly problems: ConfigProblem[]; readonly warnings: ConfigWarning[] } {
  const problems: ConfigProblem[] = [];
  const hadFcm = isTree(input.get(fcmPath));
  for (const entry of keys) {
    if (entry.env === undefined) continue;
    const path = entry.path.map((part) => (part === 'NAME' ? defaultApp : part));
    const { found, problem } = readTwinVariable({ ...entry, env: entry.env }, toKey(path), options);
    if (problem !== null) {
      problems.push(problem);
      input.fail(path);
    }
    if (found !== null || problem !== null) input.remove([...path.slice(0, -1), `${path.at(-1) ?? ''}_file`]);
    if (found !== null) input.set(path, found.value, found.source);
  }
  const google = overlayGoogleCredentials(input, options, hadFcm);
  const warnings = [...google.warnings, ...strangeVariables(keys, options.env)];
  return { problems: [...problems, ...google.problems], warnings };
}
