import type { IncomingHttpHeaders } from 'node:http2';
import type { Seeded } from '../fuzz/seeded';
import { hostileAnswer, type HostileAnswer, type Victim } from './answers';

/** What one device's pushes are answered with. */
export interface Conversation {
  /** Foreign answers still to come; then the provider's own. Infinity: never. */
  left: number;
  /** Answers that were the provider's own. */
  own: number;
  /** Rules of the foreign ones so far. */
  readonly rules: string[];
  readonly random: Seeded;
}

/** Both providers at once: APNs by its path, FCM by its body. Who pushes to a device is told from the device's token. */
export class ProvidersUnderTest {
  readonly #conversations = new Map<string, Conversation>();
  foreign = 0;
  own = 0;
  readonly #project: string;
  readonly #onForeign: (rule: string) => void;

  constructor(project: string, onForeign: (rule: string) => void) {
    this.#project = project;
    this.#onForeign = onForeign;
  }

  expect(token: string, random: Seeded, foreign: number): Conversation {
    const conversation: Conversation = { left: foreign, own: 0, rules: [], random };
    this.#conversations.set(token, conversation);
    return conversation;
  }

  answer(headers: IncomingHttpHeaders, body: string): HostileAnswer {
    const id = headers['apns-id'];
    return typeof id === 'string'
      ? this.#answerOf(tokenOfPath(headers[':path'] ?? ''), { provider: 'apns', id })
      : this.#answerOf(tokenOfBody(body), { provider: 'fcm', project: this.#project });
  }

  #answerOf(token: string, victim: Victim): HostileAnswer {
    const conversation = this.#conversations.get(token);
    if (conversation === undefined) throw new Error(`nobody is expected at ${token}`);
    if (conversation.left > 0) {
      const answer = hostileAnswer(conversation.random, victim);
      conversation.left -= 1;
      conversation.rules.push(answer.rule);
      this.foreign += 1;
      this.#onForeign(answer.rule);
      return answer;
    }
    conversation.own += 1;
    this.own += 1;
    return success(victim);
  }
}

function success(victim: Victim): HostileAnswer {
  const whole = { rule: 'success', status: 200, ending: 'whole' } as const;
  if (victim.provider === 'apns')
    return { ...whole, headers: { 'apns-id': victim.id }, body: Buffer.alloc(0) };
  const name = `projects/${victim.provider === 'fcm' ? victim.project : ''}/messages/1`;
  const headers = { 'content-type': 'application/json; charset=UTF-8' };
  return { ...whole, headers, body: Buffer.from(JSON.stringify({ name })) };
}

function tokenOfPath(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function tokenOfBody(body: string): string {
  const { message } = JSON.parse(body) as { message: { token: string } };
  return message.token;
}
