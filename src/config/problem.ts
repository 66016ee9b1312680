/** One thing that is wrong with the configuration. Never holds the content of a secret. */
export interface ConfigProblem {
  /** `apps.default.apns.key_id`; for a problem of the file itself, the file. */
  readonly key: string;
  /** Where the value came from: `APNS_KEY_ID`, `relay.yaml:12`, `APNS_KEY_FILE=/run/secrets/key`; null: it is not set. */
  readonly source: string | null;
  readonly expected: string;
  /** What stood there instead, shortened; absent for secrets and missing values. */
  readonly got?: string;
}

export interface ConfigWarning {
  readonly key: string;
  readonly message: string;
}

/** `server.port (PORT): expected a whole number from 0 to 65535, got "http"`. */
export function problemLine({ key, source, expected, got }: ConfigProblem): string {
  return `${key}${source === null ? '' : ` (${source})`}: expected ${expected}${got === undefined ? '' : `, got ${got}`}`;
}

export function warningLine({ key, message }: ConfigWarning): string {
  return `${key}: ${message}`;
}

const SHOWN_CHARACTERS = 80;

/** A value as it is shown in a problem. */
export function shortened(value: unknown): string {
  const text =
    typeof value === 'object' && value !== null
      ? Array.isArray(value)
        ? 'a list'
        : 'a mapping'
      : JSON.stringify(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
