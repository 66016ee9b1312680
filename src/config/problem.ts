/** One thing that is wrong with the configuration. Never holds the content of a secret. */
export interface ConfigProblem {
  /** `apps.default.apns.key_id`; for a problem of the file itself, the file. */
  readonly key: string;
  /** Where the value came from: `APNS_KEY_ID`, `relay.yaml:12`, `APNS_KEY_FILE=/run/secrets/key`; null: it is not set. */
  readonly source: string | null;
  /** What is wrong, what is expected, what to do. */
  readonly message: string;
}

export interface ConfigWarning {
  readonly key: string;
  readonly message: string;
}

/** `server.port (PORT): expected a whole number from 0 to 65535, got "http"`. */
export function problemLine({ key, source, message }: ConfigProblem): string {
  return `${key}${source === null ? '' : ` (${source})`}: ${message}`;
}

export function warningLine({ key, message }: ConfigWarning): string {
  return `${key}: ${message}`;
}

/** `expected a whole number, got "http"`; without a value where it may hold a secret. */
export function expectedMessage(expected: string, got?: string | null): string {
  return got === undefined || got === null ? `expected ${expected}` : `expected ${expected}, got ${got}`;
}
