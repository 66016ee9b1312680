/** Google's error, as far as it decides what becomes of a delivery. */
export interface FcmError {
  /** False where the body is none of Google's JSON (a proxy's page, nothing at all). */
  readonly isGoogles: boolean;
  /** The FcmError detail's code, e.g. UNREGISTERED; null when there is none. */
  readonly errorCode: string | null;
  /** The canonical status, e.g. NOT_FOUND. */
  readonly status: string | null;
  readonly message: string;
  /** Of google.rpc.BadRequest: the fields of our request that are wrong. */
  readonly violatedFields: readonly string[];
  /** Of google.rpc.QuotaFailure: whose quota, in Google's words. */
  readonly quotas: readonly string[];
  /** Of google.rpc.ErrorInfo, e.g. SERVICE_DISABLED. */
  readonly infoReason: string | null;
}

type Fields = Readonly<Record<string, unknown>>;

/** cloud.google.com/apis/design/errors: `error.details` holds messages told apart by `@type`. Never throws. */
export function readErrorBody(body: string): FcmError {
  const error = fieldsOf(fieldsOf(parse(body))?.['error']);
  const details = listOf(error?.['details']);
  const ofType = (name: string) => details.filter((detail) => String(detail['@type']).endsWith(name));
  const violations = (name: string, key: string) => ofType(name).flatMap((detail) => listOf(detail[key]));
  return {
    isGoogles: error !== null,
    errorCode: firstCode(ofType('.FcmError').map((detail) => detail['errorCode'])),
    status: firstCode([error?.['status']]),
    message: textOf(error?.['message']),
    violatedFields: violations('.BadRequest', 'fieldViolations').map((violation) =>
      textOf(violation['field']),
    ),
    quotas: violations('.QuotaFailure', 'violations').map(
      (violation) => `${textOf(violation['subject'])} ${textOf(violation['description'])}`,
    ),
    infoReason: firstCode(ofType('.ErrorInfo').map((detail) => detail['reason'])),
  };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf).filter((fields) => fields !== null) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Codes become reasons and labels, so nothing else may pass for one. */
function firstCode(values: readonly unknown[]): string | null {
  const code = values.find((value) => typeof value === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(value));
  return typeof code === 'string' ? code : null;
}
