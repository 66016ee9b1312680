/** What `doctor` looks at, in this order. docs/doctor.md explains each. */
export const doctorChecks = [
  'configuration',
  'disk',
  'redis',
  'clock',
  'provider',
  'wukongim',
  'wukongim_config',
  'webhook',
] as const;
export type DoctorCheck = (typeof doctorChecks)[number];

/**
 * - failed: pushes or webhooks are lost, or are going to be.
 * - warning: it works, with something missing that the operator should know of.
 * - skipped: there is nothing to look at, or no way to.
 */
export type FindingStatus = 'ok' | 'warning' | 'failed' | 'skipped';

export interface Finding {
  readonly check: DoctorCheck;
  /** What of it was looked at, e.g. `default/apns/production`; empty: all of it. */
  readonly subject: string;
  readonly status: FindingStatus;
  /** What was found; never a secret. */
  readonly detail: string;
  /** What to do; null: nothing. */
  readonly fix: string | null;
}

/** Findings of one check. */
export class Findings {
  readonly #all: Finding[] = [];
  readonly #check: DoctorCheck;

  constructor(check: DoctorCheck) {
    this.#check = check;
  }

  get all(): readonly Finding[] {
    return this.#all;
  }

  ok(subject: string, detail: string): this {
    return this.#add('ok', subject, detail, null);
  }

  warning(subject: string, detail: string, fix: string): this {
    return this.#add('warning', subject, detail, fix);
  }

  failed(subject: string, detail: string, fix: string): this {
    return this.#add('failed', subject, detail, fix);
  }

  skipped(subject: string, detail: string, fix: string | null = null): this {
    return this.#add('skipped', subject, detail, fix);
  }

  #add(status: FindingStatus, subject: string, detail: string, fix: string | null): this {
    this.#all.push({ check: this.#check, subject, status, detail, fix });
    return this;
  }
}
