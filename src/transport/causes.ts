/** Error codes of HTTP/2 by number: https://www.rfc-editor.org/rfc/rfc9113#section-7 */
const codeNames = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
];

export const refusedStream = 7;

const untrusted = 'certificate is not trusted: its authority is unknown here (NODE_EXTRA_CA_CERTS adds one)';

/** System, TLS and resolver codes that an operator meets, in their words. */
const explanations: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  EPIPE: 'connection closed by peer',
  ETIMEDOUT: 'connection timed out',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network unreachable',
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'host name cannot be resolved now',
  CERT_HAS_EXPIRED: 'certificate has expired',
  CERT_NOT_YET_VALID: 'certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: 'peer does not speak HTTP/2 (it refused ALPN h2)',
  ERR_SSL_WRONG_VERSION_NUMBER: 'peer does not speak TLS 1.2 or later on this port',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'peer does not speak TLS on this port',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'peer does not speak TLS 1.2 or later',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'peer does not speak TLS 1.2 or later',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'peer asks for a client certificate',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'peer refused the client certificate',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'peer refused the client certificate: expired',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: 'peer refused the client certificate: revoked',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'peer refused the client certificate',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'peer refused the client certificate: unknown authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate is for another host',
  ERR_HTTP2_ERROR: 'peer broke the HTTP/2 protocol',
};

/** One printable line for an error of a socket, of TLS, of the resolver or of HTTP/2. */
export function describeError(error: unknown): string {
  const { code, message } = partsOf(error);
  const explanation = explanations[code];
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'ERR_HTTP2_ERROR')
    return oneLine(`${explanation} (${message})`);
  if (explanation !== undefined) return `${explanation} (${code})`;
  return oneLine(code === '' ? message : `${message} (${code})`);
}

// By shape: what a callback hands over as an error need not be an instance of this realm's Error.
function partsOf(error: unknown): { readonly code: string; readonly message: string } {
  if (typeof error !== 'object' || error === null) return { code: '', message: String(error) };
  return {
    code: 'code' in error && typeof error.code === 'string' ? error.code : '',
    message: 'message' in error && typeof error.message === 'string' ? error.message : 'unknown error',
  };
}

export function nameOfCode(code: number): string {
  return codeNames[code] ?? `code ${code}`;
}

/** `GOAWAY NAME: opaque data`, the data made printable and short. APNs puts a JSON reason there. */
export function describeGoaway(code: number, opaque: Uint8Array | undefined): string {
  const detail =
    opaque === undefined || opaque.length === 0 ? '' : `: ${Buffer.from(opaque).toString('latin1', 0, 200)}`;
  return oneLine(`GOAWAY ${nameOfCode(code)}${detail}`);
}

/** What a peer wrote is not trusted with a log line: printable ASCII, at most 300 characters. */
export function oneLine(text: string): string {
  return text
    .slice(0, 300)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim();
}
