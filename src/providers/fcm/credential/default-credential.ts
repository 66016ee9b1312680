import { errorText } from '../../wire/error-text';
import { shown } from '../../wire/foreign-answer';
import { within } from '../../../shared/within';
import { tokenOf } from '../../access-token/grant-answer';
import { tidyReason, type FetchedToken, type TokenSource } from '../../access-token/token-source';

/** No verdict on the credential: nobody answered, or somebody else did (a page where JSON was due). */
const passingCause =
  /E(CONN|NOTFOUND|TIMEDOUT|AI_AGAIN|HOSTUNREACH|NETUNREACH|PIPE)|timeout|timed out|socket|network|in JSON|not valid JSON|parsing response|status code (?:30\d|40[4-8]|429|5\d\d)/i;

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
      const answer = await (await credential).getAccessToken();
      return tokenOf({ ...answer }) ?? noToken;
    } catch (error) {
      credential = null;
      const reason = tidyReason(
        `application default credentials: ${shown(errorText(error, 'message') ?? 'failed', 160)}`,
      );
      if (passingCause.test(reason)) return { kind: 'unavailable', reason, retryAfterMs: null };
      return { kind: 'misconfigured', reason };
    }
  };
  const noToken = {
    kind: 'unavailable',
    reason: 'application default credentials: an answer without an access token',
    retryAfterMs: null,
  } as const;
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
