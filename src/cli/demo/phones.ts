import type { Sandbox } from '../../sandbox/sandbox';
import type { DemoApi } from './demo-api';
import { makersShown, shownByApns, shownByFcm, shownByWebPush, type Shown } from './shown';

/** What the demo calls phones, by who rings them. */
const providers = {
  iPhone: 'apns',
  Android: 'fcm',
  Huawei: 'huawei',
  HarmonyOS: 'harmony',
  Xiaomi: 'xiaomi',
  OPPO: 'oppo',
  vivo: 'vivo',
  Honor: 'honor',
  Meizu: 'meizu',
  browser: 'webpush',
} as const;
export type PhoneKind = keyof typeof providers;
export const phoneKinds = Object.keys(providers) as readonly PhoneKind[];

export interface Phone {
  readonly uid: string;
  readonly kind: PhoneKind;
  /** What the demo prints: whose, and which kind. */
  readonly label: string;
  readonly provider: (typeof providers)[PhoneKind];
  /** Of a browser, the endpoint of its subscription. */
  readonly token: string;
}

/** A notification that landed on a phone. */
export interface Landing extends Shown {
  readonly phone: Phone;
  readonly atMs: number;
}

/** The phones of the demo: registered over the REST API, reached through the sandbox. */
export class Phones {
  readonly #byToken = new Map<string, Phone>();
  readonly #landings: Landing[] = [];
  readonly #listeners = new Set<(landing: Landing) => void>();
  readonly #api: DemoApi;
  readonly #sandbox: Sandbox;

  constructor(api: DemoApi, sandbox: Sandbox) {
    this.#api = api;
    this.#sandbox = sandbox;
    sandbox.apns.onAccepted((push) => this.#land(push.token, shownByApns(push), push.receivedAtMs));
    sandbox.fcm.onAccepted((push) => this.#land(push.token, shownByFcm(push), push.receivedAtMs));
    sandbox.webpush.onAccepted((push) => this.#land(push.token, shownByWebPush(push), push.receivedAtMs));
    for (const [maker, shown] of makersShown)
      sandbox[maker].onAccepted((push) => this.#land(push.token, shown(push.message), push.receivedAtMs));
  }

  get landings(): readonly Landing[] {
    return this.#landings;
  }

  onLanding(listener: (landing: Landing) => void): void {
    this.#listeners.add(listener);
  }

  async register(
    uid: string,
    kind: PhoneKind,
    { locale = 'en', owner = uid }: { readonly locale?: string; readonly owner?: string } = {},
  ): Promise<Phone> {
    const provider = providers[kind];
    const { token, address } = this.#install(uid, provider);
    const phone: Phone = { uid, kind, label: `${owner}'s ${kind}`, provider, token };
    this.#byToken.set(token, phone);
    await this.#api.call('PUT', `/v1/users/${encodeURIComponent(uid)}/devices/${kind}`, {
      provider,
      ...address,
      locale,
    });
    return phone;
  }

  /** What an app gets from its provider, by which the fakes know it, and as it is registered. */
  #install(uid: string, provider: Phone['provider']): { readonly token: string; readonly address: object } {
    if (provider === 'webpush') {
      const { webpush, credentials } = this.#sandbox;
      const subscription = webpush.subscribe(credentials.vapid.publicKey);
      return { token: subscription.endpoint, address: { subscription } };
    }
    const token =
      provider === 'apns'
        ? Buffer.from(uid).toString('hex').padEnd(64, '0').slice(0, 64)
        : `${provider}-token-of-${uid}`;
    return { token, address: { token } };
  }

  #land(token: string, shown: Shown, atMs: number): void {
    const phone = this.#byToken.get(token);
    if (phone === undefined) return;
    const landing: Landing = { ...shown, phone, atMs };
    this.#landings.push(landing);
    for (const listener of this.#listeners) listener(landing);
  }
}
