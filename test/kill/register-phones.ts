import { api, eventually } from '../helpers/client';
import type { Phone } from './traffic';

/**
 * Over the REST API, several at once. Rejects when one is not answered as new. 503 asks for a repeat: the store of a machine that
 * is starting much else is slow for a moment.
 */
export async function registerPhones(url: string, phones: readonly Phone[]): Promise<void> {
  const rest = [...phones];
  const loop = async (): Promise<void> => {
    for (let phone = rest.pop(); phone !== undefined; phone = rest.pop()) {
      const { uid, deviceId, provider, token } = phone;
      const register = () => api(url, 'PUT', `/users/${uid}/devices/${deviceId}`, { provider, token });
      let unavailable = -1;
      const { status, body } = await eventually(register, (answer) => {
        unavailable += 1;
        return answer.status !== 503;
      });
      // What was answered 503 may have been done.
      if (status !== 201 && !(status === 200 && unavailable > 0))
        throw new Error(`registering ${uid} was answered ${status} ${JSON.stringify(body)}`);
    }
  };
  await Promise.all(Array.from({ length: 16 }, loop));
}
