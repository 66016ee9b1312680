import type { Random } from '../../src/domain/clock';
import { apnsToken, messageBody } from '../helpers/client';
import { between } from './seeded-random';

export interface Phone {
  readonly uid: string;
  readonly deviceId: string;
  readonly provider: 'apns' | 'fcm';
  readonly token: string;
}

export interface TestMessage {
  readonly messageId: string;
  readonly body: string;
  /** One key (see {@link deliveryKey}) for each device that it must reach. */
  readonly deliveries: readonly string[];
  /** The same, for each recipient. */
  readonly recipients: readonly (readonly string[])[];
}

export interface Traffic {
  readonly phones: readonly Phone[];
  readonly messages: readonly TestMessage[];
}

export function deliveryKey(messageId: string, token: string): string {
  return `${messageId} ${token}`;
}

/** Mostly one-to-one, some small groups (direct lane), a few large ones (bulk lane); one to three devices a user. */
export function createTraffic(seed: number, count: number, random: Random): Traffic {
  const uids = Array.from({ length: users }, (_, index) => `u${index}`);
  const phonesOf = new Map(uids.map((uid) => [uid, createPhones(seed, uid, random)]));
  const base = 2_300_000_000_000_000_000n + BigInt(seed) * 1_000_000n;
  const messages = Array.from({ length: count }, (_, index): TestMessage => {
    const messageId = String(base + BigInt(index));
    const [from = '', ...to] = pick(uids, 1 + recipientCount(random), random);
    const group = to.length === 1 ? {} : { channelId: `g${index % 50}`, channelType: 2 };
    const recipients = to.map((uid) =>
      (phonesOf.get(uid) ?? []).map(({ token }) => deliveryKey(messageId, token)),
    );
    return {
      messageId,
      body: messageBody({ messageId, from, to, ...group }),
      deliveries: recipients.flat(),
      recipients,
    };
  });
  return { phones: [...phonesOf.values()].flat(), messages };
}

const users = 240;

function recipientCount(random: Random): number {
  const kind = random();
  if (kind < 0.93) return 1;
  return kind < 0.99 ? between(random, 3, 20) : between(random, 21, 120);
}

function createPhones(seed: number, uid: string, random: Random): Phone[] {
  const kind = random();
  return Array.from({ length: kind < 0.55 ? 1 : kind < 0.85 ? 2 : 3 }, (_, index) => {
    const deviceId = `d${index}`;
    const name = `${seed}/${uid}/${deviceId}`;
    return random() < 0.5
      ? { uid, deviceId, provider: 'apns', token: apnsToken(name) }
      : { uid, deviceId, provider: 'fcm', token: `fcm-${name.replaceAll('/', '-')}` };
  });
}

/** `count` different ones, in the order of the draw. */
function pick(uids: readonly string[], count: number, random: Random): string[] {
  const rest = [...uids];
  return Array.from({ length: count }, () => rest.splice(Math.floor(random() * rest.length), 1)[0] ?? '');
}
