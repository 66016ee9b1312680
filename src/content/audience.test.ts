import { everybody, isVisibleTo, mentionOf, readAudience } from './audience';

describe('isVisibleTo', () => {
  it('shows a message without lists to everybody', () => {
    expect(isVisibleTo(everybody, 'carol')).toBe(true);
    expect(isVisibleTo(readAudience({ visibles: [], invisibles: [] }), 'carol')).toBe(true);
    expect(isVisibleTo(readAudience({ visibles: null, invisibles: null }), 'carol')).toBe(true);
  });

  it('shows it only to those that visibles names', () => {
    const audience = readAudience({ visibles: ['carol'] });
    expect(isVisibleTo(audience, 'carol')).toBe(true);
    expect(isVisibleTo(audience, 'dave')).toBe(false);
  });

  it('hides it from those that invisibles names, also when visibles names them', () => {
    const audience = readAudience({ visibles: ['carol', 'dave'], invisibles: ['dave'] });
    expect(isVisibleTo(audience, 'carol')).toBe(true);
    expect(isVisibleTo(audience, 'dave')).toBe(false);
    expect(isVisibleTo(readAudience({ invisibles: ['dave'] }), 'erin')).toBe(true);
  });

  it('reads a single uid and exact numbers', () => {
    expect(isVisibleTo(readAudience({ visibles: 'carol' }), 'carol')).toBe(true);
    expect(isVisibleTo(readAudience({ visibles: 'carol' }), 'dave')).toBe(false);
    expect(isVisibleTo(readAudience({ visibles: [10000] }), '10000')).toBe(true);
  });

  it('reads lists that were encoded a second time', () => {
    const visible = readAudience({ visibles: '["carol"]' });
    expect(['carol', 'dave'].map((uid) => isVisibleTo(visible, uid))).toEqual([true, false]);
    const invisible = readAudience({ invisibles: ' ["carol", 7]' });
    expect(['carol', '7', 'dave'].map((uid) => isVisibleTo(invisible, uid))).toEqual([false, false, true]);
    for (const mention of ['{"uids":["carol"]}', { uids: '["carol"]' }])
      expect(mentionOf(readAudience({ mention }), 'carol')).toBe('me');
    expect(mentionOf(readAudience({ mention: '{"all":1}' }), 'carol')).toBe('all');
    expect(readAudience({ visibles: '[]', invisibles: '{}' })).toEqual(everybody);
  });

  it('hides rather than leaks where no uid of visibles can be read', () => {
    expect(isVisibleTo(readAudience({ visibles: [null, {}, 1.5] }), 'carol')).toBe(false);
  });

  it('rings, but hides the text from all, where nobody can read for whom it is', () => {
    const unreadable = [{ carol: 1 }, { 0: 'carol' }, 7, true, 'carol,dave', '["carol"', '{"carol":1}'];
    for (const list of unreadable) {
      for (const name of ['visibles', 'invisibles']) {
        const audience = readAudience({ [name]: list });
        expect([isVisibleTo(audience, 'carol'), audience.unclear]).toEqual([true, true]);
      }
    }
    expect(readAudience({ invisibles: ['dave', { uid: 'carol' }] }).unclear).toBe(true);
  });

  it('takes an empty value as nothing said, and names beside unreadable ones as the only ones', () => {
    for (const list of [undefined, null, [], {}, '', 0, false])
      expect(readAudience({ visibles: list, invisibles: list })).toEqual(everybody);
    const audience = readAudience({ visibles: ['carol', {}] });
    expect([audience.unclear, isVisibleTo(audience, 'carol'), isVisibleTo(audience, 'dave')]).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('does not mistake names of object properties for uids', () => {
    expect(isVisibleTo(readAudience({ visibles: ['carol'] }), 'constructor')).toBe(false);
  });
});

describe('mentionOf', () => {
  it.each([{ all: 1 }, { all: true }, { all: '1' }, { humans: 1 }, { all: 0, humans: true }])(
    'is of everybody in %j',
    (mention) => {
      expect(mentionOf(readAudience({ mention }), 'carol')).toBe('all');
    },
  );

  it.each([{ all: 0 }, { ais: 1 }, { humans: 0 }, { humans: {} }, ['carol'], 'carol'])(
    'is of nobody in %j',
    (mention) => {
      expect(mentionOf(readAudience({ mention }), 'carol')).toBe('none');
    },
  );

  it('says me for those that are named, even when all are', () => {
    const audience = readAudience({ mention: { all: 1, uids: ['carol'] } });
    expect(mentionOf(audience, 'carol')).toBe('me');
    expect(mentionOf(audience, 'dave')).toBe('all');
  });

  it('says none without a mention, or with a broken one', () => {
    for (const mention of [undefined, null, 'all', 1, [], { all: 0 }, { all: {}, uids: 5 }])
      expect(mentionOf(readAudience({ mention }), 'carol')).toBe('none');
  });

  it('takes all as number, boolean or text', () => {
    for (const all of [1, true, '1'])
      expect(mentionOf(readAudience({ mention: { all } }), 'carol')).toBe('all');
  });
});
