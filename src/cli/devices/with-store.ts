import { hasStore } from '../../compose/has-store';
import type { Config } from '../../config/config';
import { warningLine } from '../../config/problem';
import { systemRandom } from '../../domain/clock';
import { createLogger } from '../../observability/logger';
import {
  DataDirectoryInUseError,
  StoreConfigurationError,
  StoreUnavailableError,
} from '../../store/ports/errors';
import type { Store } from '../../store/ports/store';
import type { CliIo, ExitCode } from '../cli-io';
import { loadOrExplain } from '../load-or-explain';

export interface StoreCommand {
  readonly configPath: string | null;
  /** `devices export` */
  readonly name: string;
  /** A store that is not there is an error, and not made. */
  readonly needsData: boolean;
}

/** Runs a command on the configured store itself, with no relay in between; says what is wrong where that cannot be. */
export async function withStore(
  command: StoreCommand,
  io: CliIo,
  run: (store: Store, config: Config) => Promise<ExitCode>,
): Promise<ExitCode> {
  const say = (text: string): void => io.stderr.write(`${text}\n`);
  const loaded = loadOrExplain(command.configPath, io);
  if (loaded === null) return 2;
  const { config, warnings } = loaded;
  for (const warning of warnings.filter(({ key }) => key === 'data_dir'))
    say(`warning: ${warningLine(warning)}`);
  if (command.needsData && !hasStore(config)) {
    say(
      `${config.dataDir} holds no store. Name the data directory of the relay: data_dir (DATA_DIR) or --config`,
    );
    return 2;
  }
  let store: Store | null = null;
  const forget = io.beforeExit(() => store?.halt?.() ?? Promise.resolve());
  try {
    const { openStore } = await import('../../compose/open-store.js');
    const logger = createLogger({ level: 'warn', destination: io.stderr });
    store = await openStore(config, { logger, clock: io.clock, random: systemRandom, journalEvents: null });
    return await run(store, config);
  } catch (error) {
    if (error instanceof StoreConfigurationError) {
      say(error.message);
      if (config.store.kind === 'embedded' && error instanceof DataDirectoryInUseError)
        say(
          `${command.name} works on the store itself, which one process holds at a time: stop the relay first`,
        );
      return 2;
    }
    if (error instanceof StoreUnavailableError) {
      say(`the store cannot answer: ${error.message}`);
      return 1;
    }
    throw error;
  } finally {
    await store?.close();
    forget();
  }
}
