/**
 * Keys of later versions, which some documents and examples name already. A key that does nothing is not accepted: whoever
 * sets it relies on it. What gets built leaves this list.
 */
const later: readonly (readonly string[])[] = [
  ['wukongim'],
  ['resolver'],
  ['trace'],
  ['receipts'],
  ['feedback'],
  ['badge'],
  ['presence'],
  ['otel'],
  ['delivery', 'ttl', 'sync_seconds'],
  ['delivery', 'ttl', 'call_fcm_seconds'],
  ['delivery', 'ttl', 'call_apns_seconds'],
  ['delivery', 'skip'],
  ['server', 'grpc_port'],
  ['webhook', 'forward'],
  ['api', 'user_tokens'],
  ['api', 'cors_origins'],
  ['providers', 'client'],
  ...['webpush', 'huawei', 'harmony', 'honor', 'xiaomi', 'oppo', 'vivo', 'meizu'].map((name) => [
    'apps',
    '*',
    name,
  ]),
  ...['default_locale', 'default_timezone', 'display_name'].map((name) => ['apps', '*', name]),
  ...['collapse', 'system_uids', 'default_timezone', 'image_hosts', 'data_fields', 'clear_on_read'].map(
    (name) => ['content', name],
  ),
  ...['locales_dir', 'unknown', 'types', 'call_types', 'call_commands', 'pass_ciphertext'].map((name) => [
    'content',
    name,
  ]),
];

/** What to say of a key that a later version will have; null: it is no such key. */
export function notBuiltYet(path: readonly string[]): string | null {
  const isLater = later.some(
    (pattern) =>
      pattern.length === path.length && pattern.every((part, at) => part === '*' || part === path[at]),
  );
  return isLater ? 'this version of the relay does not have this yet; remove the key' : null;
}

export function laterKeys(): readonly (readonly string[])[] {
  return later;
}
