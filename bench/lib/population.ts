import type { Device } from '../../src/domain/device';
import { aDevice } from '../../test/contract/store/builders';

export interface Population {
  /** Uids are this and a number from 0 on. */
  readonly prefix: string;
  readonly people: number;
  /** What each of them has. */
  readonly phones: readonly ('apns' | 'fcm' | 'huawei')[];
}

export function uidOf({ prefix }: Population, number: number): string {
  return `${prefix}${String(number).padStart(6, '0')}`;
}

export function* devicesOf(population: Population): Generator<Device> {
  const prefix = Buffer.from(population.prefix).toString('hex');
  for (let number = 0; number < population.people; number += 1) {
    for (const [index, provider] of population.phones.entries()) {
      const hex = `${prefix}${index}`.padEnd(16, '0') + number.toString(16).padStart(48, '0');
      yield aDevice(uidOf(population, number), `phone${index}`, {
        provider,
        platform: provider === 'apns' ? 'ios' : 'android',
        token: tokenOf(provider, hex),
        locale: 'en',
        registeredAtMs: Date.now(),
      });
    }
  }
}

/** As long as the vendors' own. */
function tokenOf(provider: Population['phones'][number], hex: string): string {
  switch (provider) {
    case 'apns':
      return hex;
    case 'fcm':
      return `c${hex}:APA91b${'x'.repeat(90)}`;
    case 'huawei':
      return `IQAAAACy${hex}${'x'.repeat(60)}`;
    default:
      return provider satisfies never;
  }
}
