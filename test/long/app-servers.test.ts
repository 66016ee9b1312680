import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { api, closeConnections } from '../helpers/client';
import { apiKey, Fakes } from '../helpers/fakes';
import { goEnvironment } from '../helpers/go-environment';
import type { RelayProcess } from '../helpers/relay-process';

interface Language {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
  /** How to see that the language is there. */
  readonly version: string;
  /** Whether .ci/run installs it, so that a missing one is a failure there. */
  readonly isRequired: boolean;
  readonly aptPackage: string;
}

const folder = join(__dirname, '../../examples/app-server');
const languages: readonly Language[] = [
  {
    name: 'Node',
    command: [process.execPath, join(folder, 'node/push-relay.mjs')],
    version: '--version',
    isRequired: true,
    aptPackage: 'nodejs',
  },
  {
    name: 'Go',
    command: ['go', 'run', join(folder, 'go/main.go')],
    version: 'version',
    isRequired: true,
    aptPackage: 'golang-go',
  },
  {
    name: 'Java',
    command: ['java', join(folder, 'java/PushRelay.java')],
    version: '-version',
    isRequired: false,
    aptPackage: 'default-jdk-headless',
  },
  {
    name: 'PHP',
    command: ['php', join(folder, 'php/push-relay.php')],
    version: '--version',
    isRequired: true,
    aptPackage: 'php-cli',
  },
];

let fakes: Fakes;
let relay: RelayProcess;

beforeAll(async () => {
  fakes = await Fakes.start();
  relay = await fakes.startRelay();
});
afterAll(async () => {
  closeConnections();
  await relay.stop();
  await fakes[Symbol.asyncDispose]();
});

async function run({ command }: Language, args: readonly string[], key = apiKey) {
  const [program, ...rest] = command;
  const child = spawn(program, [...rest, ...args], {
    env: {
      PATH: process.env['PATH'] ?? '',
      LC_ALL: 'C.UTF-8',
      ...goEnvironment,
      GO111MODULE: 'off',
      RELAY_URL: relay.url,
      RELAY_API_KEY: key,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [errors] = await Promise.all([text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, errors };
}

const isHere = ({ command: [program], version }: Language) => spawnSync(program, [version]).status === 0;

describe.each(languages)('the app server in $name', (language) => {
  const { name, isRequired, aptPackage } = language;
  const uid = `${name} a/b 张三 "é`;
  const path = `/users/${encodeURIComponent(uid)}`;
  const present = isHere(language);
  if (!present && !(isRequired && process.env['CI'] === 'true')) {
    process.stderr.write(`the app server in ${name} is not run: apt-get install ${aptPackage}\n`);
    it.skip('is not installed', () => undefined);
    return;
  }

  it('registers a device, replaces its token, and deletes it at logout', async () => {
    const first = await run(language, [
      'login',
      uid,
      'install 1/2',
      'fcm',
      `${name}-first-registration-token`,
      'zh_CN',
    ]);
    expect(first).toEqual({ code: 0, errors: '' });
    const second = await run(language, [
      'login',
      uid,
      'install 1/2',
      'fcm',
      `${name}-other-registration-token`,
      'zh_CN',
    ]);
    expect(second).toEqual({ code: 0, errors: '' });
    const { body } = await api(relay.url, 'GET', `${path}/devices`);
    expect(body.items).toMatchObject([
      { device_id: 'install 1/2', provider: 'fcm', platform: 'android', locale: 'zh-CN' },
    ]);
    expect(body.items[0].token).toMatch(/on-token$/);

    expect(await run(language, ['logout', uid, 'install 1/2'])).toEqual({ code: 0, errors: '' });
    expect((await api(relay.url, 'GET', `${path}/devices`)).body.items).toEqual([]);
    // The first run of Go compiles its standard library.
  });

  it('names the user and a group', async () => {
    expect(await run(language, ['name', uid, 'Carol "卡罗尔" \\'])).toEqual({ code: 0, errors: '' });
    expect(await run(language, ['group', uid, 'Team 队'])).toEqual({ code: 0, errors: '' });
    expect((await api(relay.url, 'GET', `${path}/profile`)).body.name).toBe('Carol "卡罗尔" \\');
    expect((await api(relay.url, 'GET', `/channels/2/${encodeURIComponent(uid)}`)).body.name).toBe('Team 队');
  });

  it('fails and shows what the relay answered', async () => {
    const refused = await run(language, ['login', uid, 'install-1', 'apns', 'not hexadecimal', 'en']);
    expect(refused.code).not.toBe(0);
    expect(refused.errors).toMatch(/400 .*"path":"token"/s);
    const stranger = await run(language, ['name', uid, 'Carol'], 'another-key-0123456789');
    expect(stranger.code).not.toBe(0);
    expect(stranger.errors).toMatch(/401 .*"code":"unauthenticated"/s);
  });
});
