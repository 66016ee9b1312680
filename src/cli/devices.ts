import type { Command } from 'commander';
import type { ApiOptions } from './api-options';
import { addApiOptions, parseId } from './api-options';
import type { CliContext } from './cli-io';
import { addDevicesExport } from './devices-export';
import { addDevicesImport } from './devices-import';
import { counted, printIfNone, printJson, printNextCursor, printResult, runRequest } from './run-request';
import { itemsOf, toTable } from './table';

export function addDevices(program: Command, context: CliContext): void {
  const devices = program
    .command('devices')
    .description("List and remove users' devices on a running relay, and move them between stores.");
  addList(devices, context);
  addRemove(devices, context);
  addDevicesExport(devices, context);
  addDevicesImport(devices, context);
}

function addList(devices: Command, context: CliContext): void {
  const command = devices
    .command('list')
    .description('List the devices of a user.')
    .argument('<uid>', 'the user', parseId)
    .option('--json', 'print the whole answer');
  addApiOptions(command)
    .addHelpText('after', `\nExample:\n  $ wukongim-push-relay devices list alice`)
    .action(async (uid: string, options: ApiOptions & { json?: true }) => {
      const answer = await runRequest(
        (relay) => relay.GET('/v1/users/{uid}/devices', { params: { path: { uid } } }),
        options,
        context,
      );
      if (answer === undefined) return;
      if (options.json === true) printJson(answer, context);
      else context.io.stdout.write(toTable(itemsOf(answer), columns));
      printIfNone(answer, 'The user has no devices.', context);
      printNextCursor(answer, context);
    });
}

const columns = [
  'device_id',
  'provider',
  'platform',
  'app',
  'environment',
  'token',
  'state',
  'last_accepted_at',
  'last_failure_reason',
];

function addRemove(devices: Command, context: CliContext): void {
  const command = devices
    .command('remove')
    .description('Remove one device of a user, or all of them.')
    .argument('<uid>', 'the user', parseId)
    .argument('[device_id]', 'the device', parseId)
    .option('--all', 'all devices of the user')
    .option('--json', 'print how many as JSON');
  addApiOptions(command)
    .addHelpText(
      'after',
      `\nExamples:\n  $ wukongim-push-relay devices remove alice phone-1\n  $ wukongim-push-relay devices remove alice --all`,
    )
    .action(
      async (
        uid: string,
        deviceId: string | undefined,
        options: ApiOptions & { all?: true; json?: true },
        self: Command,
      ) => {
        if ((deviceId === undefined) === (options.all === undefined))
          self.error('error: expected either <device_id> or --all');
        // The relay answers 204 for a device that there never was: a mistyped id would look removed.
        const removed = await (deviceId === undefined
          ? removeAll(uid, options, context)
          : removeOne({ uid, device_id: deviceId }, options, context));
        if (removed !== undefined)
          printResult({ removed }, `${counted(removed, 'device')} removed`, options, context);
      },
    );
}

/** Resolves with how many there were, or with undefined after saying what failed; so do both. */
async function removeAll(uid: string, options: ApiOptions, context: CliContext): Promise<number | undefined> {
  const path = { uid };
  const query = { limit: 1000 };
  const listed = await runRequest(
    (relay) => relay.GET('/v1/users/{uid}/devices', { params: { path, query } }),
    options,
    context,
  );
  if (listed === undefined) return undefined;
  const answer = await runRequest<unknown>(
    (relay) => relay.DELETE('/v1/users/{uid}/devices', { params: { path } }),
    options,
    context,
  );
  return answer === undefined ? undefined : itemsOf(listed).length;
}

async function removeOne(
  path: { readonly uid: string; readonly device_id: string },
  options: ApiOptions,
  context: CliContext,
): Promise<number | undefined> {
  const found = await runRequest(
    (relay) => relay.GET('/v1/users/{uid}/devices/{device_id}', { params: { path } }),
    options,
    context,
  );
  if (found === undefined) return undefined;
  const answer = await runRequest<unknown>(
    (relay) => relay.DELETE('/v1/users/{uid}/devices/{device_id}', { params: { path } }),
    options,
    context,
  );
  return answer === undefined ? undefined : 1;
}
