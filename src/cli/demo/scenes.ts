import type { Clock } from '../../domain/clock';
import type { Sandbox } from '../../sandbox/sandbox';
import type { Cast } from './cast';
import type { DemoApi } from './demo-api';
import type { Phone, Phones } from './phones';
import type { Recording } from './recordings';

export interface SceneContext {
  readonly api: DemoApi;
  readonly phones: Phones;
  readonly cast: Cast;
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  readonly recording: (name: string) => Recording;
  readonly say: (line: string) => void;
}

/** A phone that has to get this text of this message, exactly once. */
export interface Expected {
  readonly phone: Phone;
  readonly messageId: string;
  readonly body: string;
}

/** One thing that the demo shows. `play` resolves with what has to land. */
export interface Scene {
  readonly title: string;
  /** Its pushes wait for a provider on purpose, so their latency says nothing. */
  readonly delayed?: boolean;
  play(context: SceneContext): Promise<readonly Expected[]>;
}

type Texts = readonly (readonly [Phone, string])[];

export const scenes: readonly Scene[] = [
  {
    title: 'A text from Alice to Carol, who has an iPhone and an Android phone',
    play: (context) => replay(context, 'v2/person-text', both(context, 'Hello Carol, are you there?')),
  },
  {
    title: 'The server repeats that message: no phone rings again',
    play: (context) => replay(context, 'v2/person-text', []),
  },
  {
    title: 'An image, in the language of each phone',
    play: (context) => replay(context, 'v2/person-image', both(context, 'Photo', '图片')),
  },
  {
    title: 'A mention in a group: Carol is named, Dave is not',
    play: (context) =>
      replay(context, 'v2/group-mention-uids', [
        ...both(context, 'Alice mentioned you: @Carol look', '[有人@我] Alice：@Carol look'),
        [context.cast.daveIphone, 'Alice: @Carol look'],
      ]),
  },
  {
    title: 'A message to a group of 600',
    play: (context) =>
      replay(
        context,
        'v2/group-600',
        context.cast.members.map((phone) => [phone, 'Bob: to 600']),
      ),
  },
  {
    title: 'Dave deleted the app: APNs says so, and his device token is forgotten',
    play: async (context) => {
      const { daveIphone } = context.cast;
      context.sandbox.apns.setDevice(daveIphone.token, {
        kind: 'unregistered',
        sinceMs: context.clock.now(),
      });
      const expected = await replay(
        context,
        'v2/group-three-client',
        both(context, 'Alice: hello team', 'Alice：hello team'),
      );
      await until(context.clock, async () => (await context.api.devices(daveIphone.uid)) === 0);
      context.say(`  … dave has ${await context.api.devices(daveIphone.uid)} devices now`);
      return expected;
    },
  },
  {
    title: 'APNs is down while Alice writes: nothing is lost, and Android does not wait for it',
    delayed: true,
    play: async (context) => {
      const { apns } = context.sandbox;
      await apns.down();
      context.say('  … APNs refuses connections');
      const expected = await replay(context, 'v2/person-reply', both(context, 'Yes, at six'));
      const isAndroid = (messageId: string | null) => messageId === expected[0]?.messageId;
      await until(context.clock, () =>
        context.phones.landings.some((landing) => isAndroid(landing.messageId)),
      );
      await apns.up();
      context.say('  … APNs is back, its push is due for another attempt');
      return expected;
    },
  },
  {
    title:
      'The other dialect: WuKongIM main names the sender among the recipients, and her phone stays silent',
    play: (context) => replay(context, 'main/person-cjk-emoji', both(context, '今晚七点见 🎉👨‍👩‍👧‍👦 — rtl ñ')),
  },
  {
    title: 'A command for the app is no notification',
    play: (context) => replay(context, 'v2/person-sync-once-cmd', []),
  },
  {
    title: 'A message that Carol alone may see, though the server names others as well',
    play: (context) =>
      replay(context, 'v2/group-visibles', both(context, 'Alice: only for carol', 'Alice：only for carol')),
  },
];

function both({ cast }: SceneContext, onIphone: string, onAndroid = onIphone): Texts {
  return [
    [cast.carolIphone, onIphone],
    [cast.carolAndroid, onAndroid],
  ];
}

async function replay(context: SceneContext, name: string, texts: Texts): Promise<Expected[]> {
  const { event, note, body } = context.recording(name);
  context.say(`  ▶ ${event}: ${note}`);
  await context.api.webhook(event, body);
  const { message_idstr: messageId } = JSON.parse(body) as { message_idstr: string };
  return texts.map(([phone, text]) => ({ phone, messageId, body: text }));
}

const longestWaitMs = 40_000;

/** Asks again until it is so; after a while the demo goes on, and its summary says what is missing. */
export async function until(clock: Clock, isSo: () => boolean | Promise<boolean>): Promise<boolean> {
  const deadlineMs = clock.now() + longestWaitMs;
  while (!(await isSo())) {
    if (clock.now() > deadlineMs) return false;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return true;
}
