import { providerNames, type ProviderName } from '../../domain/provider-table';

/** A key for each provider: `apns_floor_seconds`, `fcm_floor_seconds`. */
export function providerKeys<Suffix extends string, T>(
  suffix: Suffix,
  schemaOf: (name: ProviderName) => T,
): Record<`${ProviderName}_${Suffix}`, T> {
  return Object.fromEntries(providerNames.map((name) => [`${name}_${suffix}`, schemaOf(name)])) as Record<
    `${ProviderName}_${Suffix}`,
    T
  >;
}
