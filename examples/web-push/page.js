// Subscribes this browser, and registers it with the relay.

/** The relay's address for browsers. Its `api.cors_origins` must contain this page's origin. */
const relay = 'https://push.your-company.com';
const app = 'default';

/**
 * Call it at each start of the page while a user is logged in: a browser may replace its subscription at any time. `token` is the
 * user's own token (`api.user_tokens`). The first call must come from a click, because the browser asks for permission.
 */
export async function startNotifications({ uid, token, locale = navigator.language }) {
  if (!('serviceWorker' in navigator) || !('PushManager' in window)) return 'unsupported';
  if ((await Notification.requestPermission()) !== 'granted') return 'denied';
  const registration = await navigator.serviceWorker.register('service-worker.js');
  const subscription = await subscribe(registration, await publicKey(token));
  await call(token, 'PUT', `/v1/users/${encodeURIComponent(uid)}/devices/${deviceId()}`, {
    provider: 'webpush',
    subscription: subscription.toJSON(),
    app,
    locale,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  });
  return 'on';
}

/** At logout, so that the next user of this browser does not see the messages of the last one. */
export async function stopNotifications({ uid, token }) {
  const registration = await navigator.serviceWorker.getRegistration();
  const subscription = await registration?.pushManager.getSubscription();
  await call(token, 'DELETE', `/v1/users/${encodeURIComponent(uid)}/devices/${deviceId()}`);
  await subscription?.unsubscribe();
}

/** A subscription belongs to the key that it was created with. Another key needs a new subscription. */
async function subscribe({ pushManager }, applicationServerKey) {
  const existing = await pushManager.getSubscription();
  if (existing !== null && keyOf(existing) === applicationServerKey) return existing;
  await existing?.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
}

function keyOf({ options }) {
  const bytes = new Uint8Array(options.applicationServerKey ?? new ArrayBuffer(0));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

async function publicKey(token) {
  const answer = await call(token, 'GET', `/v1/apps/${app}/webpush-key`);
  return (await answer.json()).public_key;
}

/** One id for this browser. */
function deviceId() {
  const known = localStorage.getItem('push-device-id');
  if (known !== null) return known;
  const id = `web-${crypto.randomUUID()}`;
  localStorage.setItem('push-device-id', id);
  return id;
}

async function call(token, method, path, body) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await fetch(`${relay}${path}`, { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer;
}

// A click on a notification, while this page is open.
navigator.serviceWorker?.addEventListener('message', ({ data }) => {
  if (typeof data?.navigate === 'string') location.assign(data.navigate);
});
