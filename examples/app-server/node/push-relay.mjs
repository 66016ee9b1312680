// Node 18 or later, no package. Shows the calls that an app server makes to the push relay.
//
//   RELAY_URL=http://relay.internal:8080 RELAY_API_KEY=… node push-relay.mjs login carol install-1 fcm TOKEN zh-CN
//   … push-relay.mjs name carol Carol
//   … push-relay.mjs group team Team
//   … push-relay.mjs logout carol install-1

const relayUrl = process.env.RELAY_URL ?? 'http://127.0.0.1:8080';
const apiKey = process.env.RELAY_API_KEY ?? '';

// At login, and whenever the phone reports a new token. Repeating it is safe.
export function registerDevice(uid, deviceId, device) {
  return call('PUT', `/users/${id(uid)}/devices/${id(deviceId)}`, device);
}

// At logout, while the server still knows whose phone it is.
export function deleteDevice(uid, deviceId) {
  return call('DELETE', `/users/${id(uid)}/devices/${id(deviceId)}`);
}

export function setUserName(uid, name) {
  return call('PUT', `/users/${id(uid)}/profile`, { name });
}

// Channel type 2 is a group.
export function setGroupName(channelId, name) {
  return call('PUT', `/channels/2/${id(channelId)}`, { name });
}

// A uid or an id may contain any character.
const id = encodeURIComponent;

async function call(method, path, body) {
  const response = await fetch(`${relayUrl}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(5000),
  });
  const text = await response.text();
  if (response.ok) return;
  // problem+json: `code` is stable, `detail` and `errors` tell a person what is wrong. Retry a status of 500 or more.
  throw new Error(`${method} ${path}: ${response.status} ${text}`);
}

const [command, ...args] = process.argv.slice(2);
if (command === 'login') {
  const [uid, deviceId, provider, token, locale] = args;
  await registerDevice(uid, deviceId, { provider, token, locale });
} else if (command === 'logout') await deleteDevice(...args);
else if (command === 'name') await setUserName(...args);
else if (command === 'group') await setGroupName(...args);
