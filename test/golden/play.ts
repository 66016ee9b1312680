import { createHash } from 'node:crypto';
import { api, apnsToken, postEvent } from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';
import {
  aliases,
  avatars,
  goldenCalls,
  goldenCases,
  goldenYaml,
  members,
  names,
  replacingYaml,
  type GoldenCase,
} from './cases';

const locales = ['en', 'zh-CN', 'ru', 'ar'] as const;
const previews = { carol: null, sven: 'sender', nora: 'none', vera: null, bella: null } as const;

/** What is in a file: the message, and the payloads of both providers for each language. */
export interface GoldenFile {
  /** The body of `POST /v1/users/{uid}/read`, instead of a message. */
  readonly read?: object;
  readonly message?: Pick<GoldenCase, 'from' | 'to' | 'setting' | 'payload'> & {
    readonly channel_type: number;
    readonly channel_id: string;
  };
  /** The body of POST /v1/calls. */
  readonly call?: object;
  readonly phones: Readonly<Record<string, { readonly apns: unknown; readonly fcm: unknown }>>;
}

/** Sends each message through a real relay to fake providers, for phones of each language, and yields what those got. */
export async function* playGolden(): AsyncGenerator<readonly [name: string, file: GoldenFile]> {
  await using fakes = await Fakes.start();
  const env = { STORM_LIMITS: 'off' };
  await using replacing = await fakes.startRelay({ yaml: replacingYaml, env });
  await register(replacing);
  for (const one of goldenCases.filter(({ unreadBefore }) => unreadBefore !== undefined)) {
    await receiveUnread(fakes, replacing, one);
    fakes.sandbox.reset();
    await postEvent(replacing.url, 'msg.offline', bodyOf(one));
    yield [one.name, written({ message: messageOf(one), phones: await phonesOf(fakes, one.to) })];
  }
  await using relay = await fakes.startRelay({ yaml: goldenYaml, env });
  await register(relay);
  for (const one of goldenCases.filter(({ unreadBefore }) => unreadBefore === undefined)) {
    fakes.sandbox.reset();
    const { to, read } = one;
    if (read === undefined) await postEvent(relay.url, 'msg.offline', bodyOf(one));
    else await api(relay.url, 'POST', `/users/${to}/read`, read);
    const said = read === undefined ? { message: messageOf(one) } : { read };
    yield [one.name, written({ ...said, phones: await phonesOf(fakes, to) })];
  }
  for (const one of goldenCalls) {
    fakes.sandbox.reset();
    const { name, to, ...rest } = one;
    const call = { call_id: `golden-${name}`, uids: [to], from_uid: 'alice', ...rest };
    await api(relay.url, 'POST', '/calls', call);
    yield [name, timeless(written({ call, phones: await phonesOf(fakes, to) }))];
  }
}

/** Resolves when phones have the unread messages that come before a case, and no others are unread. */
async function receiveUnread({ sandbox }: Fakes, { url }: RelayProcess, one: GoldenCase): Promise<void> {
  await api(url, 'PUT', `/users/${one.to}/badge`, { count: 0 });
  for (let before = 1; before <= (one.unreadBefore ?? 0); before += 1) {
    sandbox.reset();
    await postEvent(url, 'msg.offline', bodyOf({ ...one, name: `${one.name}-${before}` }));
    await Promise.all([
      sandbox.apns.waitForAccepted(locales.length),
      sandbox.fcm.waitForAccepted(locales.length),
    ]);
  }
}

async function phonesOf({ sandbox }: Fakes, uid: string): Promise<object> {
  const apns = await sandbox.apns.waitForAccepted(locales.length);
  const fcm = await sandbox.fcm.waitForAccepted(locales.length);
  const phones = locales.map((locale) => {
    const { payload } = found(apns, apnsToken(`${uid}/ios-${locale}`), voipToken(uid, locale));
    const message = { ...found(fcm, `fcm-${uid}-${locale}`).message, token: undefined };
    return [locale, { apns: payload, fcm: { message } }] as const;
  });
  return Object.fromEntries(phones);
}

function written(file: object): GoldenFile {
  return JSON.parse(JSON.stringify(file)) as GoldenFile;
}

/** A call ends some seconds from now. */
function timeless(file: GoldenFile): GoldenFile {
  const text = JSON.stringify(file)
    .replace(/"expires_at":"[^"]*"/g, '"expires_at":"2026-11-22T10:09:25.000Z"')
    .replace(/"ttl":"4\ds"/g, '"ttl":"45s"')
    .replace(/"ttl":"604\d\d\ds"/g, '"ttl":"604800s"');
  return JSON.parse(text) as GoldenFile;
}

function voipToken(uid: string, locale: string): string {
  return apnsToken(`${uid}/voip-${locale}`);
}

function found<Push extends { readonly token: string }>(
  pushes: readonly Push[],
  ...tokens: readonly string[]
): Push {
  const push = pushes.find((each) => tokens.includes(each.token));
  if (push === undefined) throw new Error(`nothing for ${tokens.join(' or ')}`);
  return push;
}

async function register({ url }: RelayProcess): Promise<void> {
  for (const [uid, preview] of Object.entries(previews))
    for (const locale of locales)
      for (const device of [
        {
          id: `ios-${locale}`,
          provider: 'apns',
          token: apnsToken(`${uid}/ios-${locale}`),
          ...(uid === 'vera' && { voip_token: voipToken(uid, locale) }),
        },
        { id: `android-${locale}`, provider: 'fcm', token: `fcm-${uid}-${locale}` },
      ]) {
        const { id, ...rest } = device;
        await api(url, 'PUT', `/users/${uid}/devices/${id}`, {
          ...rest,
          locale,
          ...(preview && { preview }),
        });
      }
  await api(url, 'PUT', '/users/bella/badge', { count: 4 });
  for (const [uid, name] of Object.entries(names.users))
    await api(url, 'PUT', `/users/${uid}/profile`, { name, avatar_url: avatars[uid] ?? null });
  for (const [id, name] of Object.entries(names.groups)) await api(url, 'PUT', `/channels/2/${id}`, { name });
  for (const [uid, name] of Object.entries(members))
    await api(url, 'PUT', `/channels/2/team/members/${uid}`, { name });
  for (const [uid, name] of Object.entries(aliases))
    await api(url, 'PUT', `/users/carol/aliases/${uid}`, { name });
}

function messageOf({
  from,
  to,
  channelType,
  channelId,
  setting,
  payload,
}: GoldenCase): NonNullable<GoldenFile['message']> {
  return {
    from,
    to,
    channel_type: channelType,
    channel_id: channelId ?? to,
    ...(setting && { setting }),
    payload,
  };
}

export function bodyOf(one: GoldenCase): string {
  const { from, to, channel_type, channel_id, setting, payload } = messageOf(one);
  // Its own and always the same, so that another case changes no file but its own.
  const id = Number.parseInt(createHash('sha256').update(one.name).digest('hex').slice(0, 12), 16);
  const bytes = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return JSON.stringify({
    header: { no_persist: 0, red_dot: 1, sync_once: 0 },
    setting: setting ?? 0,
    message_id: id,
    message_idstr: String(id),
    client_msg_no: `golden-${one.name}`,
    message_seq: 7,
    from_uid: from,
    channel_id,
    channel_type,
    expire: 0,
    timestamp: 1_795_345_760,
    payload: Buffer.from(bytes).toString('base64'),
    to_uids: [to],
  });
}
