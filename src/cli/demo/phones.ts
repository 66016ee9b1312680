import type { ApnsPush } from '../../sandbox/apns/fake-apns';
import type { FcmPush } from '../../sandbox/fcm/fake-fcm';
import type { Sandbox } from '../../sandbox/sandbox';
import type { DemoApi } from './demo-api';

export interface Phone {
  readonly uid: string;
  /** What the demo prints: whose, and which kind. */
  readonly label: string;
  readonly provider: 'apns' | 'fcm';
  readonly token: string;
}

/** A notification that landed on a phone. */
export interface Landing {
  readonly phone: Phone;
  readonly title: string;
  readonly body: string;
  /** Null for a push that carries no message. */
  readonly messageId: string | null;
  readonly atMs: number;
}

/** The phones of the demo: registered over the REST API, reached through the sandbox. */
export class Phones {
  readonly #byToken = new Map<string, Phone>();
  readonly #landings: Landing[] = [];
  readonly #listeners = new Set<(landing: Landing) => void>();

  constructor(
    private readonly api: DemoApi,
    sandbox: Sandbox,
  ) {
    sandbox.apns.onAccepted((push) => this.#land(push.token, ofApns(push), push.receivedAtMs));
    sandbox.fcm.onAccepted((push) => this.#land(push.token, ofFcm(push), push.receivedAtMs));
  }

  get landings(): readonly Landing[] {
    return this.#landings;
  }

  onLanding(listener: (landing: Landing) => void): void {
    this.#listeners.add(listener);
  }

  async register(
    uid: string,
    kind: 'iPhone' | 'Android',
    { locale = 'en', owner = uid }: { readonly locale?: string; readonly owner?: string } = {},
  ): Promise<Phone> {
    const provider = kind === 'iPhone' ? 'apns' : 'fcm';
    const token =
      provider === 'apns'
        ? Buffer.from(uid).toString('hex').padEnd(64, '0').slice(0, 64)
        : `fcm-token-of-${uid}`;
    const phone: Phone = { uid, label: `${owner}'s ${kind}`, provider, token };
    this.#byToken.set(token, phone);
    await this.api.call('PUT', `/v1/users/${encodeURIComponent(uid)}/devices/${kind}`, {
      provider,
      token,
      locale,
    });
    return phone;
  }

  #land(token: string, content: Pick<Landing, 'title' | 'body' | 'messageId'>, atMs: number): void {
    const phone = this.#byToken.get(token);
    if (phone === undefined) return;
    const landing: Landing = { ...content, phone, atMs };
    this.#landings.push(landing);
    for (const listener of this.#listeners) listener(landing);
  }
}

type Content = Pick<Landing, 'title' | 'body' | 'messageId'>;

function ofApns(push: ApnsPush): Content {
  const payload = push.payload as {
    readonly aps?: { readonly alert?: { readonly title?: string; readonly body?: string } };
    readonly wukongim?: { readonly message_id?: string };
  };
  const { title = '', body = '' } = payload.aps?.alert ?? {};
  return { title, body, messageId: payload.wukongim?.message_id ?? null };
}

function ofFcm(push: FcmPush): Content {
  const message = push.message as {
    readonly notification?: { readonly title?: string; readonly body?: string };
    readonly data?: Readonly<Record<string, string>>;
  };
  const { title = '', body = '' } = message.notification ?? {};
  return { title, body, messageId: message.data?.['message_id'] ?? null };
}
