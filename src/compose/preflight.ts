import type { Config } from '../config/config';
import type { ConfigProblem } from '../config/problem';
import { directoryFault } from '../store/embedded/disk/data-directory';
import { missingProjectId, projectIdOf } from './project-id';

/** What `serve` would refuse at its start here, as this user, though each value is right. Nothing is made or opened. */
export async function preflight(config: Config): Promise<readonly ConfigProblem[]> {
  const fault = await directoryFault(config.dataDir);
  const problems: ConfigProblem[] = [];
  if (fault !== null)
    problems.push({ key: 'data_dir', source: null, message: `${config.dataDir} cannot be used: ${fault}` });
  if (config.providersMode === 'sandbox') return problems;
  for (const { name, fcm } of config.apps) {
    if (fcm !== null && (await projectIdOf(fcm)) === null) problems.push(missingProjectId(name));
  }
  return problems;
}
