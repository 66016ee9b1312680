import { api } from '../helpers/client';
import type { Phone } from './traffic';

/** Over the REST API, several at once. Rejects when one is not answered as new. */
export async function registerPhones(url: string, phones: readonly Phone[]): Promise<void> {
  const rest = [...phones];
  const loop = async (): Promise<void> => {
    for (let phone = rest.pop(); phone !== undefined; phone = rest.pop()) {
      const { uid, deviceId, provider, token } = phone;
      const { status, body } = await api(url, 'PUT', `/users/${uid}/devices/${deviceId}`, {
        provider,
        token,
      });
      if (status !== 201)
        throw new Error(`registering ${uid} was answered ${status} ${JSON.stringify(body)}`);
    }
  };
  await Promise.all(Array.from({ length: 16 }, loop));
}
