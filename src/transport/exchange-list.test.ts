import { DeadlineWheel } from './deadlines';
import { Exchange } from './exchange';
import { ExchangeList } from './exchange-list';

const deadlines = new DeadlineWheel<Exchange>({ now: () => 0, monotonicMs: () => 0 }, () => {});
const make = (body: string): Exchange =>
  new Exchange(
    { method: 'POST', path: '/', headers: {}, sensitive: [], body, timeoutMs: 1 },
    () => {},
    1,
    deadlines,
  );

/** Takes everything out. */
function drain(list: ExchangeList): string[] {
  const bodies: string[] = [];
  for (let exchange = list.shift(); exchange !== null; exchange = list.shift())
    bodies.push(String(exchange.request.body));
  return bodies;
}

describe('list of exchanges', () => {
  let list: ExchangeList;
  let all: Exchange[];

  beforeEach(() => {
    list = new ExchangeList();
    all = ['a', 'b', 'c', 'd'].map(make);
    for (const exchange of all) list.push(exchange);
  });

  it('keeps the order, and lets some in at the front', () => {
    list.pushFirst(make('z'));
    expect([list.size, list.first?.request.body]).toEqual([5, 'z']);
    expect(drain(list)).toEqual(['z', 'a', 'b', 'c', 'd']);
    expect([list.size, list.first, list.shift()]).toEqual([0, null, null]);
  });

  it.each([
    [0, ['b', 'c', 'd']],
    [1, ['a', 'c', 'd']],
    [3, ['a', 'b', 'c']],
  ])('lets go of number %i', (index, left) => {
    list.remove(all[index] as Exchange);
    list.remove(all[index] as Exchange);
    expect(list.size).toBe(3);
    expect(drain(list)).toEqual(left);
  });

  it('leaves alone what stands elsewhere', () => {
    const other = new ExchangeList();
    const elsewhere = make('e');
    other.push(elsewhere);
    list.remove(elsewhere);
    list.remove(make('f'));
    expect([list.size, other.size]).toEqual([4, 1]);
  });

  it('serves again after it was empty', () => {
    drain(list);
    list.pushFirst(make('x'));
    list.push(make('y'));
    expect(drain(list)).toEqual(['x', 'y']);
  });
});

it('finishes an exchange once', () => {
  const results: string[] = [];
  const request = { method: 'GET', path: '/', headers: {}, sensitive: [], body: '', timeoutMs: 1 } as const;
  const exchange = new Exchange(request, ({ kind }) => results.push(kind), 1, deadlines);
  exchange.finish({ kind: 'cut', cause: 'first' });
  exchange.finish({ kind: 'not_processed', cause: 'second' });
  expect(results).toEqual(['cut']);
});
