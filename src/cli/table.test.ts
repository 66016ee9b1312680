import { itemsOf, toTable } from './table';

it('aligns columns and shows what is missing as a dash', () => {
  expect(
    toTable(
      [
        { id: 'a', n: 1 },
        { id: 'long', n: null },
      ],
      ['id', 'n'],
    ),
  ).toBe('ID    N\na     1\nlong  -\n');
});

it('lets no control character through to the terminal', () => {
  expect(toTable([{ id: 'a\u001b[31m\n' }], ['id'])).toBe('ID\na·[31m·\n');
  expect(toTable([{ id: 'a\u202egnp' }], ['id'])).toBe('ID\na·gnp\n');
});

it('finds no rows in what is no list', () => {
  expect([itemsOf(null), itemsOf({}), itemsOf({ items: 5 }), itemsOf('x')]).toEqual([[], [], [], []]);
});
