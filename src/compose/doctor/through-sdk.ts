import type { Config } from '../../config/config';
import type { ProviderSet } from '../providers/create-providers';

/**
 * The same providers, asked through their vendors' own clients: what fails here too is no fault of the relay's transport. Null
 * where the SDKs cannot reach the configured address, or are what the relay uses anyway.
 */
export async function throughSdk(
  config: Config,
  open: (config: Config) => Promise<ProviderSet | string>,
): Promise<ProviderSet | null> {
  if (config.providers.client === 'sdk') return null;
  const set = await open({ ...config, providers: { ...config.providers, client: 'sdk' } });
  return typeof set === 'string' ? null : set;
}
