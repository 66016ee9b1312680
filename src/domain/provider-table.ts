export type Platform = 'ios' | 'android' | 'web' | 'harmonyos';
/** What a device token is for: `alert` shows text, `voip` wakes the app for a call. */
export type TokenKind = 'alert' | 'voip';
/** What pauses and paces by itself within a provider: an APNs environment, a region, a push service; FCM has one only. */
export type ProviderLane = string;
export type ApnsEnvironment = 'production' | 'sandbox';

/**
 * What the relay knows of a provider besides how to speak to it. Configuration, API, commands, device rows and routes read it
 * here, so that a provider is one entry, and one folder in `providers/`.
 */
export interface ProviderFacts {
  /** As texts for people name it. */
  readonly title: string;
  /** The first is that of a device whose registration names none. Empty: each token has its own (`laneOfToken`). */
  readonly lanes: readonly ProviderLane[];
  /** The lane that a token belongs to; null: no token says. */
  readonly laneOfToken: ((token: string) => ProviderLane) | null;
  /** The field of a registration that names the lane; null: a device cannot choose. */
  readonly laneField: 'environment' | 'region' | null;
  /** A token that is refused on one lane may belong to another: it is tried there, once. Null: never. */
  readonly otherLane: ((lane: ProviderLane) => ProviderLane) | null;
  /** Whether few such tries may be made a minute, because the provider counts them. */
  readonly limitsProbes: boolean;
  /** The vendor's own client for Node, which `providers.client: sdk` sends with; null: it has none that the relay can use. */
  readonly sdk: string | null;
  /** Of its devices; the first is the default. */
  readonly platforms: readonly [Platform, ...Platform[]];
  /** Each push is seen, so none is sent that only sets a number or wakes the app. */
  readonly showsEveryPush: boolean;
  readonly tokenKinds: readonly TokenKind[];
  readonly token: DeviceTokenRule;
  /** Defaults of `providers.NAME`, in the units of its keys. */
  readonly limits: {
    readonly timeoutSeconds: number;
    readonly maxInFlight: number;
    /** Null: asked over HTTP/1.1, one connection for each call in flight. */
    readonly maxConnections: number | null;
    /** Of each lane, kept open while pushes are sent; absent: 2. */
    readonly minConnections?: number;
    /** Of one account, all replicas together; null: no quota is known. */
    readonly messagesPerMinute: number | null;
  };
  /** Defaults of `delivery.retry`: the least wait after each kind of failure. */
  readonly waits: {
    readonly throttledSeconds: number;
    readonly unavailableSeconds: number;
    readonly ambiguousSeconds: number;
  };
}

/** What a provider's device tokens look like, for the door (API, import) and for the sender alike. */
export interface DeviceTokenRule {
  /** Of the whole token; at most 4,096 characters, all of them ASCII. */
  readonly pattern: RegExp;
  readonly maxLength: number;
  /** Case tells no two of them apart: they are kept in lower case. */
  readonly isCaseless: boolean;
  /**
   * Null: all of a token is its address, and registrations have it in `token`. Else registrations have a browser's
   * `subscription`, and the token is its address (which this matches), a blank, and what goes with it.
   */
  readonly address: RegExp | null;
  /** What they look like today, for a hint where one is registered for another provider; null: like any. */
  readonly typical: RegExp | null;
  /** What a token must be, as an error says it: `must be …`. */
  readonly expected: string;
}

/** Behind the lane of a push service: its subscriptions that were made with the previous key. */
const previousKey = '/previous';

/** As the vendors' SDKs return it; no vendor promises more. */
export const vendorToken: DeviceTokenRule = {
  pattern: /^(?:(?![,;])[!-~]){1,512}$/,
  typical: null,
  maxLength: 512,
  isCaseless: false,
  address: null,
  expected: '1 to 512 printable ASCII characters without space, comma or semicolon',
};

/** What the makers of phones have in common. */
const maker = {
  lanes: ['production'],
  laneOfToken: null,
  laneField: null,
  otherLane: null,
  limitsProbes: false,
  sdk: null,
  platforms: ['android'],
  showsEveryPush: false,
  tokenKinds: ['alert'],
  token: vendorToken,
  limits: { timeoutSeconds: 10, maxInFlight: 100, maxConnections: null },
  waits: { throttledSeconds: 60, unavailableSeconds: 5, ambiguousSeconds: 5 },
} as const satisfies Omit<ProviderFacts, 'title' | 'limits'> & {
  limits: Omit<ProviderFacts['limits'], 'messagesPerMinute'>;
};

/** A registration id begins with its region, or has it in its second part: open.oppomobile.com/new/developmentDoc/info?id=11235. */
function laneOfOppoToken(token: string): ProviderLane {
  const parts = token.split('_');
  return parts.length === 1 || parts[0] === 'CN' || parts[1] === 'CN' ? 'cn' : 'intl';
}

/**
 * Tokens:
 * - APNs: bytes in hexadecimal. Apple says not to assume a size, so only the impossible is refused: half a byte (the usual
 *   slip when `Data` is printed) and what is too short to address a device.
 * - FCM: Google's registration tokens and installation ids. No character needs escaping in JSON, in a path or in a log.
 *
 * - Web Push: a subscription (`shared/push-subscription.ts`). Its lane is the host of its endpoint: the push service. A
 *   subscription belongs to the VAPID key that it was made with, so the previous key is another lane.
 *
 * Waits: FCM forbids a retry within 10 s (https://firebase.google.com/docs/cloud-messaging/scale-fcm). Its quota is 600,000
 * messages a minute and project, of which 80 % are used. Huawei's is 6,000 a second and project at the least, Xiaomi's 500
 * a second (dev.mi.com/xiaomihyperos/documentation/detail?pId=1559), OPPO's 5,000, vivo's
 * 3,000, Honor's 500, Meizu's 100.
 */
const table = {
  apns: {
    title: 'APNs',
    lanes: ['production', 'sandbox'],
    laneOfToken: null,
    laneField: 'environment',
    otherLane: (lane) => (lane === 'production' ? 'sandbox' : 'production'),
    limitsProbes: true,
    sdk: '@parse/node-apn',
    platforms: ['ios'],
    showsEveryPush: false,
    tokenKinds: ['alert', 'voip'],
    token: {
      pattern: /^(?:[0-9a-fA-F]{2}){4,256}$/,
      typical: /^[0-9a-fA-F]{64}$/,
      maxLength: 512,
      isCaseless: true,
      address: null,
      expected: '8 to 512 hexadecimal digits, an even number of them',
    },
    limits: {
      timeoutSeconds: 10,
      maxInFlight: 2000,
      maxConnections: 8,
      messagesPerMinute: null,
    },
    waits: { throttledSeconds: 30, unavailableSeconds: 5, ambiguousSeconds: 2 },
  },
  fcm: {
    title: 'FCM',
    lanes: ['production'],
    laneOfToken: null,
    laneField: null,
    otherLane: null,
    limitsProbes: false,
    sdk: 'firebase-admin',
    platforms: ['android', 'ios', 'web'],
    showsEveryPush: false,
    tokenKinds: ['alert'],
    token: {
      pattern: /^[A-Za-z0-9_:.%~+/=-]{1,4096}$/,
      typical: /^(?=.*[^0-9a-fA-F]).{21,}$/,
      maxLength: 4096,
      isCaseless: false,
      address: null,
      expected: '1 to 4096 letters, digits or _ : . % ~ + / = -, as the Firebase SDK returns it',
    },
    limits: {
      timeoutSeconds: 15,
      maxInFlight: 1000,
      maxConnections: 20,
      messagesPerMinute: 480_000,
    },
    waits: { throttledSeconds: 60, unavailableSeconds: 10, ambiguousSeconds: 10 },
  },
  huawei: { ...maker, title: 'Huawei', limits: { ...maker.limits, messagesPerMinute: 360_000 } },
  vivo: {
    ...maker,
    title: 'vivo',
    showsEveryPush: true,
    limits: { ...maker.limits, messagesPerMinute: 180_000 },
  },
  honor: { ...maker, title: 'Honor', limits: { ...maker.limits, messagesPerMinute: 30_000 } },
  meizu: {
    ...maker,
    title: 'Meizu',
    showsEveryPush: true,
    limits: { ...maker.limits, messagesPerMinute: 6_000 },
  },
  oppo: {
    ...maker,
    title: 'OPPO',
    lanes: ['cn', 'intl'],
    laneOfToken: laneOfOppoToken,
    showsEveryPush: true,
    limits: { ...maker.limits, messagesPerMinute: 300_000 },
  },
  xiaomi: {
    ...maker,
    title: 'Xiaomi',
    lanes: ['cn', 'ru', 'in', 'eu', 'sg'],
    laneField: 'region',
    showsEveryPush: true,
    limits: { ...maker.limits, messagesPerMinute: 30_000 },
  },
  harmony: {
    ...maker,
    title: 'HarmonyOS',
    platforms: ['harmonyos'],
    // A background push needs a right of its own, and two an hour are the most.
    showsEveryPush: true,
    limits: { ...maker.limits, messagesPerMinute: 360_000 },
  },
  webpush: {
    title: 'Web Push',
    lanes: [],
    laneOfToken: (token) => token.split('/', 3)[2] ?? '',
    laneField: null,
    otherLane: (lane) =>
      lane.endsWith(previousKey) ? lane.slice(0, -previousKey.length) : lane + previousKey,
    limitsProbes: false,
    sdk: null,
    platforms: ['web', 'android', 'ios'],
    showsEveryPush: true,
    tokenKinds: ['alert'],
    token: {
      pattern:
        /^(?=[^ ]{1,2048} )https:\/\/[a-z0-9._:[\]-]+\/[!"$-~]* [A-Za-z0-9_-]{87} [A-Za-z0-9_-]{22}(?: \d{1,16})?$/,
      typical: /^https:/,
      maxLength: 2200,
      isCaseless: false,
      address: /^(?=.{1,2048}$)https:\/\/[a-z0-9._:[\]-]+\/[!"$-~]*$/,
      expected: 'the endpoint of a subscription, https://…, as the browser gives it',
    },
    limits: {
      timeoutSeconds: 10,
      maxInFlight: 500,
      minConnections: 0,
      maxConnections: 4,
      messagesPerMinute: null,
    },
    waits: { throttledSeconds: 60, unavailableSeconds: 5, ambiguousSeconds: 5 },
  },
} satisfies Readonly<Record<string, ProviderFacts>>;

export type ProviderName = keyof typeof table;
/** One value for each provider. */
export type PerProvider<T> = Readonly<Record<ProviderName, T>>;

export const providerTable: PerProvider<ProviderFacts> = table;
export const providerNames = Object.keys(table) as readonly ProviderName[];

export function perProvider<T>(make: (name: ProviderName) => T): PerProvider<T> {
  return Object.fromEntries(providerNames.map((name) => [name, make(name)])) as PerProvider<T>;
}

export function isProviderName(name: unknown): name is ProviderName {
  return typeof name === 'string' && Object.hasOwn(providerTable, name);
}
