import { judge, type SceneReport } from '../../src/cli/demo/summary';
import type { Landing, Phone } from '../../src/cli/demo/phones';
import { runCommand } from '../helpers/run-command';

const kinds = [
  'iPhone',
  'Android',
  'Huawei',
  'HarmonyOS',
  'Xiaomi',
  'OPPO',
  'vivo',
  'Honor',
  'Meizu',
  'browser',
];

describe('the demo', () => {
  it('rings phones of each kind in a group, and ends with 0', async () => {
    const { code, stdout, stderr } = await runCommand(['demo', '--once']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Every phone that had to ring rang once, and no other.');
    const group = stdout.slice(stdout.indexOf('\n5. '), stdout.indexOf('\n6. '));
    for (const kind of kinds)
      expect(group).toMatch(new RegExp(`member \\d+'s ${kind}: All 600 — Bob: to 600`));
  });

  it('names a phone that stays silent, shows another text, or rings twice', () => {
    const phone = { uid: 'carol', kind: 'Xiaomi', label: "carol's Xiaomi", token: 't' } as Phone;
    const report = (messageId: string, body: string): SceneReport => ({
      title: '',
      delayed: false,
      sentAtMs: 0,
      expected: [{ phone, messageId, body }],
    });
    const landing = (messageId: string, body: string): Landing => ({
      phone,
      messageId,
      body,
      title: '',
      atMs: 5,
    });
    expect(judge([report('1', 'a')], [landing('1', 'a')])).toEqual({
      missing: [],
      surplus: [],
      latenciesMs: [5],
    });
    expect(judge([report('1', 'a')], []).missing).toMatchObject([{ messageId: '1' }]);
    expect(judge([report('1', 'a')], [landing('1', 'b')])).toMatchObject({
      missing: [{ body: 'a' }],
      surplus: [{ body: 'b' }],
    });
    expect(judge([report('1', 'a')], [landing('1', 'a'), landing('1', 'a')]).surplus).toHaveLength(1);
  });
});
