import { didYouMean, editDistance } from './did-you-mean';

it.each([
  ['max_aeg', 'max_age'],
  ['maxage', 'max_age'],
  ['Max-Age', 'max_age'],
  ['webhok', 'webhook'],
])('takes %s for %s', (name, meant) => {
  expect(didYouMean(name, ['max_age', 'max_attempts', 'webhook'])).toBe(meant);
});

it('guesses nothing where nothing is near', () => {
  expect(didYouMean('colour', ['max_age', 'webhook'])).toBeNull();
  expect(didYouMean('x', [])).toBeNull();
});

it('counts a swap of neighbours as one edit', () => {
  expect(editDistance('ab', 'ba')).toBe(1);
  expect(editDistance('', 'abc')).toBe(3);
  expect(editDistance('same', 'same')).toBe(0);
});
