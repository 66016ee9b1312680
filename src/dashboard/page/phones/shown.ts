/** An event of GET /dashboard/phones. */
export interface Shown {
  readonly number: number;
  readonly at: string;
  readonly uid: string;
  readonly device_id: string;
  readonly provider: string;
  readonly platform: string;
  readonly kind: 'alert' | 'background' | 'badge' | 'call';
  readonly title: string | null;
  readonly subtitle: string | null;
  readonly body: string | null;
  readonly thread_id: string | null;
  readonly collapse_id: string | null;
  readonly badge: number | null;
  readonly image_url: string | null;
  readonly sound: boolean;
  readonly level: 'quiet' | 'normal' | 'urgent';
  readonly message_id: string | null;
  readonly read_thread_id: string | null;
}

export interface Phone {
  readonly uid: string;
  readonly deviceId: string;
  readonly provider: string;
  readonly platform: string;
  /** Null: not known. */
  readonly locale: string | null;
  readonly badge: number | null;
  /** Newest first. */
  readonly notifications: readonly Shown[];
}

const mostOnScreen = 50;

export function phoneKey({ uid, deviceId }: Pick<Phone, 'uid' | 'deviceId'>): string {
  return JSON.stringify([uid, deviceId]);
}

/** The phone after the event, as its system would have it. */
export function afterShown(phone: Phone, shown: Shown): Phone {
  const badge = shown.badge ?? phone.badge;
  const { read_thread_id: readThread, collapse_id: collapse } = shown;
  const left = phone.notifications.filter(
    (each) =>
      (readThread === null || each.thread_id !== readThread) &&
      (collapse === null || each.collapse_id !== collapse),
  );
  const hasText = shown.title !== null || shown.body !== null;
  const isSeen = shown.kind === 'call' || (shown.kind === 'alert' && hasText);
  return { ...phone, badge, notifications: isSeen ? [shown, ...left].slice(0, mostOnScreen) : left };
}

/** Notifications of one thread stand on each other, the newest on top. */
export function stacksOf(notifications: readonly Shown[]): readonly (readonly Shown[])[] {
  const stacks = new Map<string, Shown[]>();
  for (const each of notifications) {
    const key = each.thread_id ?? `alone:${each.number}`;
    const stack = stacks.get(key);
    if (stack === undefined) stacks.set(key, [each]);
    else stack.push(each);
  }
  return [...stacks.values()];
}

/** The systems of phones whose provider serves no other. */
const ofMakers: Readonly<Record<string, string>> = {
  apns: 'iOS',
  huawei: 'EMUI',
  harmony: 'HarmonyOS',
  honor: 'MagicOS',
  xiaomi: 'HyperOS',
  oppo: 'ColorOS',
  vivo: 'OriginOS',
  meizu: 'Flyme',
};

/** The name of the phone's system, the same in all languages; null: a browser. */
export function systemOf({ provider, platform }: Pick<Phone, 'provider' | 'platform'>): string | null {
  const known = ofMakers[provider];
  if (known !== undefined) return known;
  if (platform === 'web') return null;
  return platform === 'ios' ? 'iOS' : 'Android';
}
