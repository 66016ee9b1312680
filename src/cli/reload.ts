import type { Config } from '../config/config';
import { problemLine, type ConfigWarning } from '../config/problem';
import type { Logger } from '../domain/logger';
import type { ProcessLogger } from '../observability/logger';
import type { Relay } from '../relay';
import type { CliIo } from './cli-io';
import { readConfig } from './load-or-explain';

const shownProblems = 20;

/**
 * Reads the configuration again at each SIGHUP, one after the other. What cannot be used is refused as a whole: the relay goes on
 * with what it has.
 */
export function reloadOnRequest(
  relay: Pick<Relay, 'reload'>,
  start: { readonly configPath: string | null; readonly config: Config; readonly logger: ProcessLogger },
  io: CliIo,
): void {
  const { configPath, logger } = start;
  let level = start.config.log.level;
  const run = async (): Promise<void> => {
    const loaded = readConfig(configPath, io);
    if (!loaded.ok) {
      const problems = loaded.problems.slice(0, shownProblems).map(problemLine);
      logger.error({ event: 'config_reload_refused', problems }, refused);
      return;
    }
    const { config, warnings } = loaded;
    try {
      const { changed, atRestart } = await relay.reload(config);
      const all = config.log.level === level ? changed : ['log.level', ...changed];
      level = config.log.level;
      logger.setLevel(level);
      tellWarnings(logger, warnings);
      logger.info({ event: 'config_reloaded', changed: all }, 'configuration reloaded');
      if (atRestart.length > 0)
        logger.warn(
          { event: 'config_restart_needed', keys: atRestart },
          'changes of these keys take effect at the next start',
        );
    } catch (error) {
      logger.error({ event: 'config_reload_refused', ...causeOf(error) }, refused);
    }
  };
  let last = Promise.resolve();
  io.onReload(() => {
    last = last.then(run);
  });
}

/** What the operator has to mend is said in words; anything else is a fault of ours, with its stack. */
function causeOf(error: unknown): { readonly problems: readonly string[] } | { readonly err: unknown } {
  return error instanceof Error && mendable.has(error.name) ? { problems: [error.message] } : { err: error };
}

/** By name: their modules are loaded with the relay only. */
const mendable: ReadonlySet<string> = new Set(['ReloadRefusedError', 'ProviderConfigurationError']);

export function tellWarnings(logger: Logger, warnings: readonly ConfigWarning[]): void {
  for (const { key, message: detail } of warnings)
    logger.warn({ event: 'config_warning', key, detail }, 'warning about the configuration');
}

const refused = 'new configuration refused; the relay keeps the old one';
