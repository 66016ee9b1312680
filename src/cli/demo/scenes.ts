import type { Sandbox } from '../../sandbox/sandbox';
import type { DemoApi } from './demo-api';
import type { Phone, Phones } from './phones';
import type { Recording } from './recordings';

export interface SceneContext {
  readonly api: DemoApi;
  readonly phones: Phones;
  readonly sandbox: Sandbox;
  readonly recording: (name: string) => Recording;
  readonly say: (line: string) => void;
}

/** One thing that the demo shows. `play` resolves with the landings that have to come of it. */
export interface Scene {
  readonly title: string;
  /** Its pushes wait for a provider on purpose, so their latency says nothing. */
  readonly delayed?: boolean;
  play(context: SceneContext): Promise<readonly Expected[]>;
}

/** A phone that has to get a text of this message; exactly one. */
export interface Expected {
  readonly phone: Phone;
  readonly messageId: string;
  readonly body: string;
}

export const scenes: readonly Scene[] = [
  {
    title: 'A text from Alice to Carol, who has an iPhone and an Android phone',
    play: async (context) => {
      const phones = [await context.phones.register('carol', 'iPhone'), await context.phones.register('carol', 'Android')];
      await context.api.call('PUT', '/v1/users/alice/profile', { name: 'Alice' });
      return replay(context, 'v2/person-text', phones, 'Hello Carol, are you there?');
    },
  },
  {
    title: 'The server repeats the same message: no phone rings again',
    play: async (context) => {
      await replay(context, 'v2/person-text', [], '');
      return [];
    },
  },
  {
    title: 'An image, for somebody who reads Chinese',
    play: async (context) => replay(context, 'v2/person-image', [await context.phones.register('carol', 'iPhone', 'zh-CN'), await context.phones.register('carol', 'Android', 'zh-CN')], '[图片]'),
  },
  {
    title: 'A mention in a group: Carol is named, Dave is not',
    play: async (context) => {
      await context.phones.register('carol', 'iPhone');
      await context.phones.register('carol', 'Android');
      const dave = await context.phones.register('dave', 'iPhone');
      await context.api.call('PUT', '/v1/channels/2/g-team', { name: 'The team' });
      const carols = [await context.phones.register('carol', 'iPhone'), await context.phones.register('carol', 'Android')];
      const expected = await replay(context, 'v2/group-mention-uids', carols, '[You were mentioned] Alice: @Carol look');
      return [...expected, ...expect(context.recording('v2/group-mention-uids'), [dave], 'Alice: @Carol look')];
    },
  },
  {
    title: 'A message to a group of 600',
    play: async (context) => {
      const { to_uids: uids } = JSON.parse(context.recording('v2/group-600').body) as { to_uids: string[] };
      const phones = await registerAll(context.phones, uids);
      return replay(context, 'v2/group-600', phones, 'to 600');
    },
  },
  {
    title: "Dave's app was deleted: APNs says so, and the device token is forgotten",
    play: async (context) => {
      const dave = await context.phones.register('dave', 'iPhone');
      context.sandbox.apns.setDevice(dave.token, { kind: 'unregistered', sinceMs: Date.now() + 1000 });
      const carols = [await context.phones.register('carol', 'iPhone'), await context.phones.register('carol', 'Android')];
      const expected = await replay(context, 'v2/group-three-client', carols, 'Alice: hello team');
      await untilForgotten(context.api, 'dave');
      context.say("  … Dave's device list is empty now");
      return expected;
    },
  },
  {
    title: 'APNs is down while Alice writes; nothing is lost, and Android does not wait',
    delayed: true,
    play: async (context) => {
      const phones = [await context.phones.register('carol', 'iPhone'), await context.phones.register('carol', 'Android')];
      await context.sandbox.apns.down();
      context.say('  … APNs refuses connections');
      const expected = await replay(context, 'v2/person-reply', phones, 'Yes, at six');
      await until(() => context.phones.landings.some((landing) => landing.messageId === expected[1]?.messageId));
      await context.sandbox.apns.up();
      context.say('  … APNs is back');
      return expected;
    },
  },
  {
    title: 'The other dialect (WuKongIM main), with compressed recipients',
    play: async (context) => {
      const carols = [await context.phones.register('carol', 'iPhone'), await context.phones.register('carol', 'Android')];
      return replay(context, 'main/person-cjk-emoji', carols, '今晚七点见 🎉👨‍👩‍👧‍👦 — rtl ñ');
    },
  },
  {
    title: 'A command for the app, and a hidden message: no phone rings that should not',
    play: async (context) => {
      await replay(context, 'v2/person-sync-once-cmd', [], '');
      const dave = await context.phones.register('dave', 'Android');
      context.say(`  … the hidden message names ${dave.label}, but is for Carol alone`);
      const carols = [await context.phones.register('carol', 'iPhone'), await context.phones.register('carol', 'Android')];
      return replay(context, 'v2/group-visibles', carols, 'Alice: only for carol');
    },
  },
];

async function replay(context: SceneContext, name: string, phones: readonly Phone[], body: string): Promise<Expected[]> {
  const recording = context.recording(name);
  context.say(`  ▶ ${recording.event} (${name}): ${recording.note}`);
  await context.api.webhook(recording.event, recording.body);
  return expect(recording, phones, body);
}

function expect(recording: Recording, phones: readonly Phone[], body: string): Expected[] {
  const { message_idstr: messageId } = JSON.parse(recording.body) as { message_idstr: string };
  return phones.map((phone) => ({ phone, messageId, body }));
}

async function registerAll(phones: Phones, uids: readonly string[]): Promise<Phone[]> {
  const registered: Phone[] = [];
  for (let start = 0; start < uids.length; start += atOnce) {
    const slice = uids.slice(start, start + atOnce);
    registered.push(...(await Promise.all(slice.map((uid, index) => phones.register(uid, index % 3 === 0 ? 'Android' : 'iPhone')))));
  }
  return registered;
}

async function untilForgotten(api: DemoApi, uid: string): Promise<void> {
  await until(async () => (JSON.parse(await api.call('GET', `/v1/users/${uid}/devices`)) as { items: unknown[] }).items.length === 0);
}

/** Asks again until it is so. Bounded: the demo then goes on and the summary says what is missing. */
export async function until(isSo: () => boolean | Promise<boolean>, atMostMs = 30_000): Promise<boolean> {
  const deadline = Date.now() + atMostMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

const atOnce = 50;
