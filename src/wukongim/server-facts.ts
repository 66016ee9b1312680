import { isObject, type JsonObject } from '../shared/json-object';
import type { HttpClient, HttpRequest, HttpResult } from '../transport/port';

/**
 * What WuKongIM's API tells of the server.
 * - v2: `masters` of the first `connections` are connected as master devices. Without `tokenAuthOn` there are none.
 * - main: its API tells neither version nor settings.
 * - refused: v2 has another `managerToken`.
 * - foreign: something else answers.
 */
export type WukongimFacts =
  | { readonly kind: 'v2'; readonly version: string; readonly connections: number; readonly masters: number }
  | { readonly kind: 'main' }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'foreign'; readonly reason: string }
  | { readonly kind: 'unreachable'; readonly reason: string };

export interface WukongimAccess {
  readonly http: HttpClient;
  readonly managerToken: string | null;
  readonly timeoutMs: number;
}

/** Never rejects. */
export async function readWukongimFacts(access: WukongimAccess): Promise<WukongimFacts> {
  const status = await ask(access, 'POST', '/user/onlinestatus', '["wukongim-push-relay-doctor"]');
  if (status.kind !== 'response') return { kind: 'unreachable', reason: status.cause };
  if (status.status === 401 || status.status === 403) return { kind: 'refused', status: status.status };
  if (status.status !== 200 || !isListOrNull(status.body))
    return { kind: 'foreign', reason: `/user/onlinestatus answers ${String(status.status)}` };
  const varz = objectOf(await ask(access, 'GET', '/varz', ''));
  if (varz === null || typeof varz['version'] !== 'string') return { kind: 'main' };
  const list = objectOf(await ask(access, 'GET', '/connz?limit=100', ''))?.['connections'];
  const devices = Array.isArray(list) ? list.filter(isObject).map(({ device }) => String(device)) : [];
  return {
    kind: 'v2',
    version: varz['version'],
    connections: devices.length,
    masters: devices.filter((device) => device.includes(master)).length,
  };
}

/** `/connz` shows a device as `App(主)`, or as `Web(从)` where it is a slave. */
const master = '主';

function ask(
  { http, managerToken, timeoutMs }: WukongimAccess,
  method: HttpRequest['method'],
  path: string,
  body: string,
): Promise<HttpResult> {
  const headers = {
    accept: 'application/json',
    ...(body === '' ? {} : { 'content-type': 'application/json' }),
    ...(managerToken === null ? {} : { token: managerToken }),
  };
  const maxAnswerBytes = 2 * 1024 * 1024;
  return new Promise((resolve) =>
    http.request({ method, path, headers, sensitive: [], body, timeoutMs, maxAnswerBytes }, resolve),
  );
}

function objectOf(result: HttpResult): JsonObject | null {
  if (result.kind !== 'response' || result.status !== 200) return null;
  const answer = parsed(result.body);
  return isObject(answer) ? answer : null;
}

function isListOrNull(body: string): boolean {
  const answer = parsed(body);
  return answer === null || Array.isArray(answer);
}

/** Undefined: it is no JSON. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
