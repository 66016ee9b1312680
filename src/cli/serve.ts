import type { Command } from 'commander';
import { configuredApps } from '../compose/configured-apps';
import { relayVersion } from '../compose/version';
import type { Config } from '../config/config';
import { systemClock } from '../domain/clock';
import { maskedKeys } from '../config/masked-config';
import { listenFault } from '../http/listen-fault';
import { logConsole } from '../observability/console-lines';
import type { ProcessLogger } from '../observability/logger';
import { createLogger } from '../observability/logger';
import { mapSizeBytes } from '../store/embedded/disk/address-space';
import { StoreConfigurationError, StoreUnavailableError } from '../store/ports/errors';
import type { RelayAddress } from '../relay';
import type { CliContext, CliIo, ExitCode } from './cli-io';
import { showSandboxPhones } from './sandbox/sandbox-phones';
import type { LoadedConfig } from './load-or-explain';
import { loadOrExplain } from './load-or-explain';
import { reloadOnRequest, tellWarnings } from './reload';
import { untilAborted } from './until-aborted';

export function addServe(program: Command, { io, finish }: CliContext): void {
  program
    .command('serve')
    .description('Run the relay. SIGTERM or SIGINT starts a graceful shutdown.')
    .option('-c, --config <file>', 'YAML file (default: RELAY_CONFIG, else the environment alone)')
    .addHelpText('after', examples)
    .action(async ({ config }: { config?: string }) => {
      const loaded = loadOrExplain(config ?? null, io);
      finish(loaded === null ? 2 : await serve(loaded, config ?? null, io));
    });
}

const examples = `
The log goes to standard output: JSON lines, or text when that is a terminal. At level info it reports when the relay
started and stopped, outages, and removed device tokens. With the sandbox it also shows each notification. At level debug it
reports the result for each recipient, and each answer of a provider.

SIGHUP reads the configuration again. Credentials, webhook secrets, API keys and the log level take effect immediately. An
invalid configuration is refused, and the log reports it. In a terminal, SIGHUP stops the relay, because the terminal is gone.

Examples:
  $ wukongim-push-relay serve
  $ wukongim-push-relay serve --config /etc/relay.yaml
  $ HOST=0.0.0.0 WEBHOOK_SECRET_FILE=/run/secrets/webhook API_KEYS_FILE=/run/secrets/api wukongim-push-relay serve

Exit codes: 0 stopped, 1 failed, 2 the configuration is wrong or the address is in use.`;

/** Past the drain: how long the rest of stopping may take before the process gives up on it. */
const stopMarginMs = 4_000;

async function serve(
  { config, warnings, printable }: LoadedConfig,
  configPath: string | null,
  io: CliIo,
): Promise<ExitCode> {
  const logger = createLogger({
    level: config.log.level,
    format: !io.stdout.isTTY ? 'json' : io.stdout.hasColors ? 'colored text' : 'text',
    destination: io.stdout,
  });
  logConsole(console, logger);
  tellWarnings(logger, warnings);
  try {
    // Before anything takes address space: Node's own libraries fail without it, and in no words that help.
    mapSizeBytes(config.dataDir, 0);
    const { Relay } = await import('../relay.js');
    const relay = await Relay.create(config, {
      logger,
      beforeExit: (halt) => io.beforeExit(halt),
      shownConfig: () => maskedKeys(printable),
      ...(config.providersMode === 'sandbox'
        ? { decorateProvider: showSandboxPhones(logger, systemClock) }
        : {}),
    });
    reloadOnRequest(relay, { configPath, config, logger }, io);
    const address = await relay.start();
    logger.info({ event: 'relay_listening', ...startFields(config, address) }, 'the relay is listening');
    const told = new Set(warnings.map(({ key }) => key));
    for (const { name, detail } of await relay.findings())
      if (!told.has(name))
        logger.warn({ event: 'check_degraded', check: name, detail }, 'a check is not ok at start');
    await untilAborted(io.stopSignal);

    const { drainMs } = config.server;
    logger.info({ event: 'relay_stopping', drainMs }, 'graceful shutdown started');
    return await stop(relay, config, logger);
  } catch (error) {
    return explain(error, config, logger, io);
  }
}

function startFields(config: Config, address: RelayAddress): object {
  const { url, host, adminUrl, adminHost, dashboardUrl, grpcAddress } = address;
  return {
    url,
    ...(host === null ? {} : { host }),
    ...(adminUrl === null ? {} : { adminUrl, adminHost }),
    ...(dashboardUrl === null ? {} : { dashboard: dashboardUrl }),
    ...(grpcAddress === null ? {} : { grpcAddress }),
    version: relayVersion(),
    store: config.store.kind,
    providers: config.providersMode,
    apps: configuredApps(config).map(
      ({ name, providers }) => `${name}:${providers.map(({ provider }) => provider).join('+')}`,
    ),
  };
}

async function stop(
  relay: { stop(): Promise<void> },
  config: Config,
  logger: ProcessLogger,
): Promise<ExitCode> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, config.server.drainMs + stopMarginMs, 'late');
    timer.unref();
  });
  const ended = await Promise.race([relay.stop().then(() => 'stopped' as const), deadline]);
  clearTimeout(timer);
  if (ended === 'late') {
    logger.error(
      { event: 'relay_stop_timed_out' },
      'graceful shutdown took too long; unfinished work is in the store and continues at the next start',
    );
    return 1;
  }
  logger.info({ event: 'relay_stopped' }, 'the relay has stopped');
  return 0;
}

/** What the operator has to mend is said in words (exit code 2); anything else is a fault of ours, with its stack. */
function explain(error: unknown, config: Config, logger: ProcessLogger, io: CliIo): ExitCode {
  if (error instanceof StoreUnavailableError) {
    io.stderr.write(`${error.message}\n`);
    return 1;
  }
  const text = configurationFault(error, config);
  if (text === null) {
    logger.fatal({ event: 'relay_failed', err: error }, 'the relay failed');
    return 1;
  }
  io.stderr.write(`${text}\n`);
  return 2;
}

/** By name: their modules are loaded with the relay only. */
const mendable: ReadonlySet<string> = new Set(['ProviderConfigurationError', 'PassedSocketError']);

function configurationFault(error: unknown, { server }: Config): string | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof StoreConfigurationError || mendable.has(error.name)) return error.message;
  const { port } = error as { readonly port?: number };
  const keys =
    port !== undefined && port === server.admin?.port
      ? 'server.admin.host, server.admin.port'
      : 'server.host (HOST), server.port (PORT)';
  const fault = listenFault(error, server.host);
  return fault === null ? null : `${keys}: ${fault}`;
}
