import { isObject } from '../shared/json-object';

/** One open connection. */
export interface OnlineRow {
  readonly uid: string;
  readonly deviceFlag: number;
}

/**
 * Of `POST /user/onlinestatus`: `[{"uid","device_flag","online":1}]`, one row per connection, on v2 and main. Null where it is no
 * list. Rows that nobody understands are left out, and so is one that says 0, as the documentation has it.
 */
export function readOnlineRows(body: string): readonly OnlineRow[] | null {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return null;
  }
  if (answer === null) return [];
  if (!Array.isArray(answer)) return null;
  return answer.filter(isObject).flatMap(({ uid, device_flag: flag, online }) => {
    if (typeof uid !== 'string' || online !== 1 || !Number.isSafeInteger(flag)) return [];
    return [{ uid, deviceFlag: Number(flag) }];
  });
}
