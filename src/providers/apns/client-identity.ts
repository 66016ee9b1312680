import type { Http2ClientOptions } from '../../transport/port';
import type { ApnsCredential } from './options';

/** What a connection shows of itself in TLS: nothing where a provider token goes with each request. */
export function clientIdentity(credential: ApnsCredential): Omit<Http2ClientOptions['tls'], 'ca'> {
  switch (credential.kind) {
    case 'token':
      return {};
    case 'certificate': {
      const { cert, key, passphrase } = credential;
      return { cert, key, ...(passphrase === null ? {} : { passphrase }) };
    }
    case 'pfx': {
      const { pfx, passphrase } = credential;
      return { pfx, passphrase };
    }
    default:
      return credential satisfies never;
  }
}
