import type { Finding, FindingStatus } from '../../compose/doctor/finding';
import type { CliIo } from '../cli-io';
import { cellText } from '../table';

const words: Readonly<Record<FindingStatus, string>> = {
  ok: 'ok',
  warning: 'WARNING',
  failed: 'FAILED',
  skipped: 'skipped',
};

/** One line per finding as it comes, with the fix below it, and a verdict. */
export class TextReport {
  readonly #counts = { failed: 0, warning: 0 };
  readonly #io: CliIo;

  constructor(io: CliIo) {
    this.#io = io;
  }

  add({ status, check, subject, detail, fix }: Finding): void {
    if (status === 'failed' || status === 'warning') this.#counts[status] += 1;
    const what = cellText(subject === '' ? check : `${check} ${subject}`);
    this.#io.stdout.write(`${words[status].padEnd(8)} ${what}: ${cellText(detail)}\n`);
    if (fix !== null)
      this.#io.stdout.write(`         ${status === 'skipped' ? 'To check it' : 'Fix'}: ${cellText(fix)}\n`);
  }

  /** Whether a check failed. */
  end(): boolean {
    const { failed, warning } = this.#counts;
    const warnings = warning === 0 ? '' : ` ${String(warning)} ${warning === 1 ? 'warning' : 'warnings'}.`;
    const verdict =
      failed === 0 ? 'Nothing failed.' : `${String(failed)} ${failed === 1 ? 'check' : 'checks'} failed.`;
    this.#io.stdout.write(`\n${verdict}${warnings}\n`);
    return failed > 0;
  }
}

/** All of it as one object, at the end. */
export class JsonReport {
  readonly #findings: Finding[] = [];
  readonly #io: CliIo;

  constructor(io: CliIo) {
    this.#io = io;
  }

  add(finding: Finding): void {
    this.#findings.push(finding);
  }

  end(): boolean {
    const has = (status: FindingStatus) => this.#findings.some((finding) => finding.status === status);
    const verdict = has('failed') ? 'failed' : has('warning') ? 'warning' : 'ok';
    this.#io.stdout.write(`${JSON.stringify({ verdict, findings: this.#findings }, null, 2)}\n`);
    return verdict === 'failed';
  }
}
