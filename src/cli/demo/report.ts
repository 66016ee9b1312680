import type { CliIo } from '../cli-io';
import type { Landing } from './phones';
import { summaryLines, summaryObject, type Verdict } from './summary';

/** Told what the demo does, and prints it. */
export interface DemoReport {
  started(url: string, phones: number): void;
  scene(number: number, title: string): void;
  note(text: string): void;
  landed(landing: Landing): void;
  /** `accepted`: notifications. `recipients`: those of the relay, by their result. */
  ended(verdict: Verdict, accepted: number, recipients: ReadonlyMap<string, number>): void;
  stays(url: string): void;
}

/** For people. Of a large group the first notifications of each kind, then a count now and then. */
export class TextReport implements DemoReport {
  readonly #ofMessage = new Map<string, number>();
  readonly #io: CliIo;

  constructor(io: CliIo) {
    this.#io = io;
  }

  started(url: string, phones: number): void {
    this.note(
      `The relay listens on ${url}, with fakes of APNs, FCM, the makers' services and browsers' push service behind it. Registering ${phones} phones …`,
    );
  }

  scene(number: number, title: string): void {
    this.note(`\n${number}. ${title}`);
  }

  note(text: string): void {
    this.#io.stdout.write(`${text}\n`);
  }

  landed({ phone, title, body, messageId }: Landing): void {
    const count = this.#count(messageId ?? '');
    const ofKind = this.#count(`${messageId ?? ''} ${phone.kind}`);
    if (ofKind === 1 || count <= shownOfGroup) this.note(`  📱 ${phone.label}: ${title} — ${body}`);
    else if (count % 100 === 0) this.note(`  📱 … ${count} phones so far`);
  }

  ended(verdict: Verdict, accepted: number, recipients: ReadonlyMap<string, number>): void {
    for (const line of summaryLines(verdict, accepted, recipients)) this.note(line);
  }

  stays(url: string): void {
    this.note(
      `\nThe relay stays up on ${url} until Ctrl-C. Try:\n  curl -X POST ${url}/v1/users/carol/test-push\n  curl ${url}/readyz\n  curl ${url}/metrics`,
    );
  }

  #count(key: string): number {
    const count = (this.#ofMessage.get(key) ?? 0) + 1;
    this.#ofMessage.set(key, count);
    return count;
  }
}

/** For programs: one object per line, each notification among them. */
export class JsonReport implements DemoReport {
  readonly #io: CliIo;

  constructor(io: CliIo) {
    this.#io = io;
  }

  started(url: string, phones: number): void {
    this.#write({ type: 'started', url, phones });
  }

  scene(number: number, title: string): void {
    this.#write({ type: 'scene', number, title });
  }

  note(text: string): void {
    this.#write({ type: 'note', text: text.replace(/^ *… /, '') });
  }

  landed({ phone, title, body, messageId, atMs }: Landing): void {
    const { uid, kind, provider } = phone;
    this.#write({
      type: 'notification',
      at: new Date(atMs).toISOString(),
      uid,
      device_id: kind,
      provider,
      message_id: messageId,
      title,
      body,
    });
  }

  ended(verdict: Verdict, accepted: number, recipients: ReadonlyMap<string, number>): void {
    this.#write({ type: 'summary', ...summaryObject(verdict, accepted, recipients) });
  }

  stays(): void {}

  #write(line: object): void {
    this.#io.stdout.write(`${JSON.stringify(line)}\n`);
  }
}

const shownOfGroup = 3;
