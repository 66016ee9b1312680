// Alice of the demo (demo.yml beside it): registers two phones of Carol at the relay, as an app's server does, then writes to her
// through WuKongIM.
const { RELAY_URL, API_KEY, WUKONGIM_URL, MANAGER_TOKEN, EVERY_SECONDS } = process.env;

async function call(method, url, headers, body) {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
}

const atRelay = (path, body) =>
  call('PUT', `${RELAY_URL}/v1${path}`, { authorization: `Bearer ${API_KEY}` }, body);

await atRelay('/users/alice/profile', { name: 'Alice' });
await atRelay('/users/carol/devices/carols-iphone', {
  provider: 'apns',
  token: 'ca401'.padEnd(64, '0'),
  locale: 'en',
  model: 'iPhone',
});
await atRelay('/users/carol/devices/carols-android', {
  provider: 'fcm',
  token: 'sandbox-token-of-carol',
  locale: 'zh-CN',
  model: 'Android',
});

async function write(content) {
  const payload = Buffer.from(JSON.stringify({ type: 1, content })).toString('base64');
  await call(
    'POST',
    `${WUKONGIM_URL}/message/send`,
    { token: MANAGER_TOKEN },
    {
      header: { red_dot: 1 },
      from_uid: 'alice',
      channel_id: 'carol',
      channel_type: 1,
      payload,
    },
  );
  console.log(`Alice to Carol: ${content}`);
}

for (let count = 1; ; count++) {
  // WuKongIM answers /health before its cluster has a leader, so that the first messages can fail.
  await write(`Message ${count}`).catch((error) => console.error(error.message, error.cause?.message ?? ''));
  await new Promise((resolve) => setTimeout(resolve, Number(EVERY_SECONDS) * 1_000));
}
