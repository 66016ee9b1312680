import {
  api,
  apnsToken,
  closeConnections,
  postMessage,
  registerApns,
  registerFcm,
  type MessageFields,
} from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';

afterAll(closeConnections);

const yaml = `
content:
  trust_payload_names: true
  image_hosts: [img.example.com]
  system_uids: [____system, u_10000]
delivery: { storm: off }
`;
const avatar = 'https://img.example.com/alice.png';

interface Payload {
  readonly aps: { readonly alert: { title?: string; body: string }; readonly 'mutable-content'?: number };
  readonly wukongim: Readonly<Record<string, unknown>>;
}

describeOnEachStore('names and pictures', (store) => {
  let fakes: Fakes;
  let relay: RelayProcess;

  beforeAll(async () => {
    fakes = await Fakes.start();
    relay = await fakes.startRelay({ yaml, env: store.env() });
    for (const uid of ['bob', 'carol', 'dave']) await registerApns(relay.url, uid);
    await registerFcm(relay.url, 'bob');
  });
  afterAll(async () => {
    await relay[Symbol.asyncDispose]();
    await fakes[Symbol.asyncDispose]();
  });
  beforeEach(() => fakes.sandbox.reset());

  const set = async (method: 'PUT' | 'DELETE', path: string, body?: object) =>
    expect((await api(relay.url, method, path, body)).status).toBeLessThan(300);
  const team = { channelType: 2, channelId: 'team' };

  async function shown(fields: MessageFields): Promise<Record<string, string>> {
    fakes.sandbox.reset();
    await postMessage(relay.url, { payload: { type: 1, content: 'hi' }, ...fields });
    const pushes = await fakes.sandbox.apns.waitForAccepted(fields.to.length);
    return Object.fromEntries(
      fields.to.map((uid) => {
        const push = pushes.find(({ token }) => token === apnsToken(`${uid}/phone`));
        const { title = '', body } = (push?.payload as unknown as Payload).aps.alert;
        return [uid, `${title} / ${body}`];
      }),
    );
  }

  it('names the sender as each reader knows it', async () => {
    const to = ['bob', 'carol', 'dave'];
    const payload = { type: 1, content: 'hi', from_name: 'Payload Alice' };
    await set('PUT', '/channels/2/team', { name: 'Team' });
    const inGroup = () => shown({ from: 'alice', to, ...team, payload });
    const all = (name: string) => ({
      bob: `Team / ${name}: hi`,
      carol: `Team / ${name}: hi`,
      dave: `Team / ${name}: hi`,
    });
    expect(await inGroup()).toEqual(all('Payload Alice'));
    await set('PUT', '/users/alice/profile', { name: 'Alice' });
    expect(await inGroup()).toEqual(all('Alice'));
    await set('PUT', '/channels/2/team/members/alice', { name: 'Captain' });
    expect(await inGroup()).toEqual(all('Captain'));
    await set('PUT', '/users/bob/aliases/alice', { name: 'Sis' });
    await set('PUT', '/users/dave/aliases/alice', { name: 'Boss' });
    expect(await inGroup()).toEqual({
      bob: 'Team / Sis: hi',
      carol: 'Team / Captain: hi',
      dave: 'Team / Boss: hi',
    });
    expect(await shown({ from: 'alice', to: ['bob'] })).toEqual({ bob: 'Sis / hi' });
    expect(await shown({ from: 'alice', to: ['carol'] })).toEqual({ carol: 'Alice / hi' });
    await set('DELETE', '/users/bob/aliases/alice');
    await set('DELETE', '/channels/2/team/members/alice');
    expect(await inGroup()).toEqual({ ...all('Alice'), dave: 'Team / Boss: hi' });
    await set('DELETE', '/users/alice');
    expect(await inGroup()).toEqual(all('Payload Alice'));
  });

  it('gives avatar and image to the app, and an image to Android', async () => {
    await set('PUT', '/users/erin/profile', { name: 'Erin', avatar_url: avatar });
    const url = 'https://img.example.com/photo.jpg';
    await postMessage(relay.url, { from: 'erin', to: ['bob'], payload: { type: 2, url } });
    const [apns] = await fakes.sandbox.apns.waitForAccepted(1);
    const [fcm] = await fakes.sandbox.fcm.waitForAccepted(1);
    const { aps, wukongim } = apns?.payload as unknown as Payload;
    expect(aps['mutable-content']).toBe(1);
    expect(wukongim).toMatchObject({ sender_name: 'Erin', avatar_url: avatar, image_url: url });
    expect(fcm?.message).toMatchObject({
      data: { sender_name: 'Erin', avatar_url: avatar, image_url: url },
      android: { notification: { image: url } },
    });
    fakes.sandbox.reset();
    const strange = 'https://elsewhere.example.com/photo.jpg';
    await postMessage(relay.url, { from: 'erin', to: ['bob'], payload: { type: 2, url: strange } });
    const [other] = await fakes.sandbox.apns.waitForAccepted(1);
    expect(JSON.stringify(other?.payload)).not.toContain('elsewhere');
    expect((other?.payload as unknown as Payload).aps['mutable-content']).toBeUndefined();
  });

  it('believes system messages of its system users', async () => {
    const payload = { type: 1000, content: 'Your account was locked' };
    expect(await shown({ from: 'mallory', to: ['carol'], payload })).toEqual({
      carol: ' / New message',
    });
    expect(await shown({ from: 'u_10000', to: ['carol'], payload })).toEqual({
      carol: 'System message / Your account was locked',
    });
  });
});
