import type { DemoApi } from './demo-api';
import { phoneKinds, type Phone, type Phones } from './phones';

/** Who plays. Carol reads English on her iPhone and Chinese on her Android phone. */
export interface Cast {
  readonly carolIphone: Phone;
  readonly carolAndroid: Phone;
  readonly daveIphone: Phone;
  /** She writes, so it has to stay silent. */
  readonly aliceIphone: Phone;
  /** The members of the recorded group of 600, with phones of every kind. */
  readonly members: readonly Phone[];
}

export async function registerCast(api: DemoApi, phones: Phones, members: readonly string[]): Promise<Cast> {
  await api.call('PUT', '/v1/users/alice/profile', { name: 'Alice' });
  await api.call('PUT', '/v1/users/outside/profile', { name: 'Bob' });
  await api.call('PUT', '/v1/channels/2/g-team', { name: 'The team' });
  await api.call('PUT', '/v1/channels/2/big600', { name: 'All 600' });
  return {
    carolIphone: await phones.register('carol', 'iPhone'),
    carolAndroid: await phones.register('carol', 'Android', { locale: 'zh-CN' }),
    daveIphone: await phones.register('dave', 'iPhone'),
    aliceIphone: await phones.register('alice', 'iPhone'),
    members: await registerMembers(phones, members),
  };
}

async function registerMembers(phones: Phones, uids: readonly string[]): Promise<Phone[]> {
  const registered: Phone[] = [];
  for (let start = 0; start < uids.length; start += atOnce) {
    const slice = uids.slice(start, start + atOnce);
    registered.push(
      ...(await Promise.all(
        slice.map((uid, index) =>
          phones.register(uid, phoneKinds[index % phoneKinds.length] ?? 'iPhone', {
            owner: `member ${start + index + 1}`,
          }),
        ),
      )),
    );
  }
  return registered;
}

const atOnce = 50;
