import type { Config } from '../../config/config';
import type { ProviderLane, ProviderName } from '../../domain/provider-table';
import type { ProviderSet } from '../providers/create-providers';
import { acceptsCredential } from './accepts-credential';

/** Apple's key id and team id look alike. Resolves with what to do if the key works with the two swapped, else with null. */
export async function swappedIds(
  config: Config,
  name: ProviderName,
  lane: ProviderLane,
  open: (config: Config) => Promise<ProviderSet | string>,
): Promise<string | null> {
  const [app] = config.apps;
  if (app === undefined || app.apns === null || app[name] !== app.apns) return null;
  const { credential } = app.apns;
  if (credential.kind !== 'token') return null;
  const { keyId, teamId } = credential;
  const changed = { ...app.apns, credential: { ...credential, keyId: teamId, teamId: keyId } };
  const set = await open({ ...config, apps: [{ ...app, apns: changed }] });
  if (typeof set === 'string') return null;
  try {
    const outcome = await set.providers.find((provider) => provider.name === name)?.check(lane);
    if (outcome === undefined || !acceptsCredential(outcome)) return null;
  } finally {
    await Promise.all(set.providers.map((provider) => provider.close(0)));
  }
  const key = `apps.${app.name}.${name}`;
  return `Swap ${key}.key_id and ${key}.team_id: with ${teamId} as key id and ${keyId} as team id the key works.`;
}
