/*
 * Open this file first: it starts a relay and plays `scenes.ts`, with the people of `cast.ts`, through `demo-api.ts`.
 * `recordings.ts` has requests of real WuKongIM servers. `phones.ts` shows what lands (`shown.ts`), and `summary.ts` compares it with what
 * had to land. `report.ts` prints all that.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../config/load-config';
import type { Config } from '../../config/config';
import { createLogger } from '../../observability/logger';
import { Relay } from '../../relay';
import type { Sandbox } from '../../sandbox/sandbox';
import type { CliIo, ExitCode } from '../cli-io';
import { untilAborted } from '../until-aborted';
import { registerCast } from './cast';
import { DemoApi } from './demo-api';
import { Phones, type Landing } from './phones';
import { readRecording } from './recordings';
import { scenes, until, type Expected, type SceneContext } from './scenes';
import { JsonReport, TextReport, type DemoReport } from './report';
import { judge, type SceneReport } from './summary';

/** Plays the scenes against a relay of its own, on a throw-away store and with the sandbox as providers. */
export async function runDemo(
  io: CliIo,
  options: { readonly once: boolean; readonly json: boolean },
): Promise<ExitCode> {
  const report = options.json ? new JsonReport(io) : new TextReport(io);
  const directory = await mkdtemp(join(tmpdir(), 'wukongim-push-relay-demo-'));
  const logger = createLogger({ level: 'error', destination: io.stderr });
  const relay = await Relay.create(demoConfig(io, directory), { logger });
  const forget = io.beforeExit(() => relay.halt());
  try {
    const { url } = await relay.start();
    if (relay.sandbox === null) throw new Error('the demo runs on the sandbox only');
    const ok = await play(io, report, url, relay.sandbox);
    if (options.once || !ok) return ok ? 0 : 1;
    report.stays(url);
    await untilAborted(io.stopSignal);
    return 0;
  } finally {
    await relay.stop();
    forget();
    await rm(directory, { recursive: true, force: true });
  }
}

function demoConfig(io: CliIo, directory: string): Config {
  const file = 'demo.yaml';
  const loaded = loadConfig({
    configPath: file,
    env: { PORT: io.env['PORT'] ?? '0' },
    cwd: directory,
    clock: io.clock,
    readFile: (path) => (path.endsWith(file) ? Buffer.from(demoYaml(directory)) : io.readFile(path)),
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

/** The defaults, but for the wait after an outage, which would make the audience wait. */
function demoYaml(directory: string): string {
  return `
data_dir: ${JSON.stringify(directory)}
providers: { mode: sandbox }
journal: { min_free_percent: 0 }
delivery: { retry: { unavailable: { apns_floor_seconds: 1, base_seconds: 1 } } }
`;
}

async function play(io: CliIo, report: DemoReport, url: string, sandbox: Sandbox): Promise<boolean> {
  const api = new DemoApi(url);
  const phones = new Phones(api, sandbox);
  const recording = (name: string) => readRecording(io, name);
  const { to_uids: members } = JSON.parse(recording('v2/group-600').body) as { to_uids: string[] };
  report.started(url, members.length + 4);
  const cast = await registerCast(api, phones, members);
  phones.onLanding((landing) => report.landed(landing));
  const say = (text: string): void => report.note(text);
  const context: SceneContext = { api, phones, cast, sandbox, clock: io.clock, recording, say };
  const reports: SceneReport[] = [];
  for (const { title, delayed = false, ...scene } of scenes) {
    if (io.stopSignal.aborted) return false;
    report.scene(reports.length + 1, title);
    const sentAtMs = io.clock.now();
    const expected = await scene.play(context);
    await until(io.clock, () => io.stopSignal.aborted || landedAll(expected, phones.landings));
    reports.push({ title, delayed, sentAtMs, expected });
  }
  await untilQuiet(io, api);
  const verdict = judge(reports, phones.landings);
  const recipients = await api.recipients();
  report.ended(verdict, phones.landings.length, recipients);
  return verdict.missing.length + verdict.surplus.length === 0;
}

function landedAll(expected: readonly Expected[], landings: readonly Landing[]): boolean {
  const landed = new Set(landings.map(({ phone, messageId }) => `${phone.token} ${messageId ?? ''}`));
  return expected.every(({ phone, messageId }) => landed.has(`${phone.token} ${messageId}`));
}

/** Nothing waits any more, so whatever had to ring has rung, and a surplus would show. */
async function untilQuiet(io: CliIo, api: DemoApi): Promise<void> {
  await until(io.clock, async () => {
    const [inbox, waiting] = await Promise.all([
      api.gauge('relay_inbox_depth'),
      api.gauge('relay_retries_pending'),
    ]);
    return io.stopSignal.aborted || inbox + waiting === 0;
  });
}
