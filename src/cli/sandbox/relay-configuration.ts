import type { Sandbox } from '../../sandbox/sandbox';

/** What a relay's file says to push to those fakes of the sandbox for which there are no environment variables. */
export function relayConfiguration(sandbox: Sandbox): object {
  const { huawei, harmony, honor, xiaomi, oppo, vivo, meizu, vapid } = sandbox.credentials;
  const account = {
    project_id: harmony.projectId,
    key_id: harmony.keyId,
    private_key: harmony.privateKey,
    sub_account: harmony.subAccount,
  };
  const app = {
    huawei: {
      app_id: huawei.appId,
      app_secret: huawei.appSecret,
      url: sandbox.huawei.url,
      auth_url: sandbox.huawei.url,
    },
    harmony: {
      service_account: JSON.stringify(account),
      client_id: harmony.clientId,
      url: sandbox.harmony.url,
    },
    honor: {
      app_id: honor.appId,
      client_id: honor.clientId,
      client_secret: honor.clientSecret,
      url: sandbox.honor.url,
      auth_url: sandbox.honor.url,
    },
    xiaomi: {
      app_secret: xiaomi.appSecret,
      package_name: xiaomi.packageName,
      url: sandbox.xiaomi.url,
    },
    oppo: { app_key: oppo.appKey, master_secret: oppo.masterSecret, url: sandbox.oppo.url },
    vivo: {
      app_id: String(vivo.appId),
      app_key: vivo.appKey,
      app_secret: vivo.appSecret,
      url: sandbox.vivo.url,
    },
    meizu: { app_id: meizu.appId, app_secret: meizu.appSecret, url: sandbox.meizu.url },
    webpush: {
      public_key: vapid.publicKey,
      private_key: vapid.privateKey,
      subject: 'mailto:push@sandbox.wukongim.com',
      base_url: 'https://chat.sandbox.wukongim.com/',
      allowed_hosts: [new URL(sandbox.webpush.url).hostname],
      allow_private_addresses: true,
    },
  };
  return { apps: { default: app } };
}
