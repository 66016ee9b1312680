/**
 * PEM as it arrives through environment variables and secret stores: with `\n` written out, with Windows line ends, or
 * in base64 once more.
 */
export function normalizePem(value: string): string {
  const text = value.trim();
  const pem = text.includes('-----BEGIN') ? text : decodeBase64Pem(text);
  const lines = pem.includes('\n') ? pem : pem.replaceAll('\\r', '').replaceAll('\\n', '\n');
  return `${lines.replaceAll('\r', '').trim()}\n`;
}

function decodeBase64Pem(text: string): string {
  if (!/^[A-Za-z0-9+/=\s]+$/.test(text)) return text;
  const decoded = Buffer.from(text, 'base64').toString('utf8').trim();
  return decoded.includes('-----BEGIN') ? decoded : text;
}

/** The certificates of a PEM text, each by itself, in their order. */
export function certificateBlocks(pem: string): readonly string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}
