import { accept, hang, refuse, reply } from './answer';
import { Script, type ScriptedRequest } from './script';

const request = (change: Partial<ScriptedRequest> = {}): ScriptedRequest => ({
  token: 'ab',
  environment: 'production',
  topic: 'com.example.chat',
  pushType: 'alert',
  path: '/3/device/ab',
  headers: {},
  body: Buffer.alloc(0),
  connection: 1,
  ...change,
});

function script(random = 0): Script {
  return new Script(() => random);
}

describe('Script', () => {
  it('has no opinion when it is empty', () => {
    expect(script().plan(request())).toEqual({ latencyMs: 0, answer: null });
  });

  it('lets the first rule with an answer decide, and adds the latency of those before it', () => {
    const lines = script();
    lines.add({ latencyMs: 20 });
    lines.add({ latencyMs: 5, answer: hang() });
    lines.add({ latencyMs: 100, answer: refuse() });
    expect(lines.plan(request())).toEqual({ latencyMs: 25, answer: hang() });
  });

  it('skips, serves its times and is gone', () => {
    const lines = script();
    const rule = lines.add({ skip: 1, times: 2, answer: refuse() });
    const kinds = Array.from({ length: 4 }, () => lines.plan(request()).answer?.kind ?? 'usual');
    expect(kinds).toEqual(['usual', 'refuse', 'refuse', 'usual']);
    expect(rule.hits).toBe(2);
    expect(lines.isEmpty).toBe(true);
  });

  it('counts only matching requests', () => {
    const lines = script();
    lines.add({ when: { tokens: ['AB', 'cd'], environment: 'sandbox' }, times: 1, answer: refuse() });
    expect(lines.plan(request()).answer).toBeNull();
    expect(lines.plan(request({ token: null, environment: 'sandbox' })).answer).toBeNull();
    expect(lines.plan(request({ environment: 'sandbox' })).answer).toEqual(refuse());
  });

  it.each([
    [{ topic: 'com.example.other' }, false],
    [{ pushType: 'voip' }, false],
    [{ path: '/3/' }, true],
    [{ path: '/token' }, false],
    [{ token: 'ab', topic: 'com.example.chat', pushType: 'alert' }, true],
    [{}, true],
  ])('matches %j: %s', (when, expected) => {
    const lines = script();
    lines.add({ when, answer: accept() });
    expect(lines.plan(request()).answer !== null).toBe(expected);
  });

  it('serves a share by chance', () => {
    const [lucky, unlucky] = [script(0.24), script(0.25)];
    for (const lines of [lucky, unlucky]) lines.add({ share: 0.25, answer: hang() });
    expect(lucky.plan(request()).answer).toEqual(hang());
    expect(unlucky.plan(request()).answer).toBeNull();
  });

  it('asks functions in their turn, and forgets what is removed', () => {
    const lines = script();
    const rule = lines.add(({ token }) => (token === 'ab' ? reply(429) : null));
    lines.add({ answer: hang() });
    expect(lines.plan(request()).answer).toEqual(reply(429));
    expect(lines.plan(request({ token: 'cd' })).answer).toEqual(hang());
    expect(rule.hits).toBe(1);
    rule.remove();
    expect(lines.plan(request()).answer).toEqual(hang());
    lines.clear();
    expect(lines.isEmpty).toBe(true);
  });
});
