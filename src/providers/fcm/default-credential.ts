import { errorText } from '../wire/error-text';
import { within } from '../wire/within';
import { tidyReason, type FetchedToken, type TokenSource } from './token-source';

const networkCause =
  /E(CONN|NOTFOUND|TIMEDOUT|AI_AGAIN|HOSTUNREACH|NETUNREACH|PIPE)|timeout|timed out|socket|network/i;

/**
 * Application default and workload credentials, by firebase-admin (a key file, the metadata server, workload identity
 * federation). The library is loaded at the first use, because it is large and most installations need none of it.
 */
export function defaultCredential(): TokenSource {
  let credential: Promise<{
    getAccessToken(): Promise<{ access_token: string; expires_in: number }>;
  }> | null = null;
  const load = async () => (await import('firebase-admin/app')).applicationDefault();
  const fetch = async (): Promise<FetchedToken> => {
    try {
      credential ??= load();
      const { access_token: accessToken, expires_in: expiresInSeconds } = await (
        await credential
      ).getAccessToken();
      return { kind: 'token', accessToken, expiresInSeconds };
    } catch (error) {
      credential = null;
      const reason = tidyReason(
        `application default credentials: ${errorText(error, 'message') ?? 'failed'}`,
      );
      if (networkCause.test(reason)) return { kind: 'unavailable', reason, retryAfterMs: null };
      return { kind: 'misconfigured', reason };
    }
  };
  const late = {
    kind: 'unavailable',
    reason: 'application default credentials: timeout',
    retryAfterMs: null,
  } as const;
  return (timeoutMs) => within(timeoutMs, fetch(), late);
}

/** The project that the default credentials belong to; null when they do not say. */
export async function defaultProjectId(): Promise<string | null> {
  const { GoogleAuth } = await import('google-auth-library');
  try {
    return await new GoogleAuth().getProjectId();
  } catch {
    return null;
  }
}
