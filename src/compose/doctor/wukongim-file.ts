import { Findings, type Finding } from './finding';
import type { DoctorOptions } from './options';
import { masterFix, slaves } from './wukongim';
import { readWukongimSettings, type WukongimSettings } from './wukongim-settings';

/** With it main lost none of 20,000 recipients (docs/wukongim.md). */
const enoughQueue = 262_144;

/** WuKongIM's configuration file, for what its API does not tell. Environment variables of WuKongIM are not in it. */
export async function checkWukongimFile(options: DoctorOptions): Promise<readonly Finding[]> {
  const findings = new Findings('wukongim_config');
  const { wukongimFile } = options;
  if (wukongimFile === null)
    return findings.skipped(
      '',
      "WuKongIM's API does not report its webhook, queue_size and subscriberCompressOfCount.",
      'Give its file (wk.yaml or wukongim.toml) with --wukongim-config.',
    ).all;
  const settings = await readWukongimSettings(wukongimFile);
  if (settings === null)
    return findings.failed(
      wukongimFile.name,
      'The file is neither the YAML of v2 nor the TOML of main.',
      'Give wk.yaml (v2) or wukongim.toml (main).',
    ).all;
  checkAddress(findings, settings, options);
  checkEvents(findings, settings);
  if (settings.version === 'v2') checkV2(findings, settings, options);
  else checkMain(findings, settings);
  return findings.all;
}

function checkAddress(
  findings: Findings,
  { version, httpAddress, grpcAddress }: WukongimSettings,
  { config, webhookUrl }: DoctorOptions,
): void {
  const key = version === 'v2' ? 'webhook.httpAddr' : 'webhook.http_addr';
  if (grpcAddress !== null) {
    if (config.server.grpcPort === null)
      findings.failed(
        'webhook.grpcAddr',
        'It is set, so v2 calls this address only, and not webhook.httpAddr. The relay listens on no gRPC port.',
        'Remove webhook.grpcAddr, or set server.grpc_port of the relay.',
      );
    else findings.ok('webhook.grpcAddr', 'v2 uses gRPC, and the relay listens for it.');
    return;
  }
  if (httpAddress === null) {
    findings.failed(
      key,
      'It is not set, so WuKongIM sends nothing.',
      `Set ${key} to the address of the relay, e.g. http://relay:8080/webhook/SECRET.`,
    );
    return;
  }
  if (!/^https?:\/\/[^/]/i.test(httpAddress) || !URL.canParse(httpAddress)) {
    findings.failed(key, 'It is no URL.', 'Write it as http://host:port/webhook/SECRET.');
    return;
  }
  const { host, hash } = new URL(httpAddress);
  if (hash !== '')
    findings.failed(
      key,
      'It has a fragment (#), which removes the name of the event.',
      'Remove # and what is behind it; in a secret write %23.',
    );
  else if (webhookUrl !== null && webhookUrl !== httpAddress)
    findings.warning(
      key,
      `It is another address than --webhook-url (host ${host}).`,
      'Check which of the two is right.',
    );
  else findings.ok(key, `WuKongIM calls ${host}.`);
}

function checkEvents(findings: Findings, { version, focusEvents }: WukongimSettings): void {
  const key = version === 'v2' ? 'webhook.focusEvents' : 'webhook.focus_events';
  const missing = ['msg.offline', 'user.onlinestatus'].filter(
    (event) => focusEvents.length > 0 && !focusEvents.includes(event),
  );
  if (missing.includes('msg.offline'))
    findings.failed(
      key,
      'msg.offline is not in the list, so no message is pushed.',
      `Add msg.offline to ${key}, or remove the list.`,
    );
  else if (missing.length > 0)
    findings.warning(
      key,
      'user.onlinestatus is not in the list, so the relay does not learn which devices are still in use.',
      `Add user.onlinestatus to ${key}, or remove the list.`,
    );
  else
    findings.ok(key, focusEvents.length === 0 ? 'All events are sent.' : `Sent: ${focusEvents.join(', ')}.`);
}

function checkV2(findings: Findings, settings: WukongimSettings, { config }: DoctorOptions): void {
  const { tokenAuthOn, subscriberCompressOfCount: compressFrom, hasManagerToken } = settings;
  if (tokenAuthOn) findings.ok('tokenAuthOn', 'Devices can be masters.');
  else findings.warning('tokenAuthOn', `It is off, so no device is a master. ${slaves}`, masterFix);
  if (compressFrom > 0)
    findings.failed(
      'channel.subscriberCompressOfCount',
      `It is ${String(compressFrom)}. v2 cuts the compressed list of recipients, so members of larger groups get no push.`,
      'Set channel.subscriberCompressOfCount: 0.',
    );
  else findings.ok('channel.subscriberCompressOfCount', 'It is 0: lists of recipients are complete.');
  if (hasManagerToken && config.wukongim !== null && config.wukongim.managerToken === null)
    findings.failed(
      'managerToken',
      'It is set, and the relay has none, so its questions are refused.',
      'Set WUKONGIM_MANAGER_TOKEN (wukongim.manager_token) to the same value.',
    );
}

function checkMain(findings: Findings, { queueSize, deliveryEnabled }: WukongimSettings): void {
  if (queueSize < enoughQueue)
    findings.warning(
      'webhook.queue_size',
      `It is ${String(queueSize)}, which is ${String(Math.floor(queueSize / 256))} places per conversation. main drops the rest of large groups and bursts before they are sent.`,
      `Set queue_size = ${String(enoughQueue)} in [webhook].`,
    );
  else findings.ok('webhook.queue_size', `It is ${String(queueSize)}.`);
  if (deliveryEnabled === false)
    findings.failed(
      'delivery.enable',
      'It is false, so main sends no msg.offline.',
      'Set enable = true in [delivery].',
    );
}
