import { perProvider } from '../../domain/provider-table';
import type { Provider } from '../../providers/provider';
import { Routes } from './routes';

const send = () => {};
const close = () => Promise.resolve();
const check = () => Promise.reject(new Error('nobody checks it'));
const fcm: Provider = { name: 'fcm', app: 'one', lanes: ['production'], batch: 1, send, check, close };
const webpush: Provider = { name: 'webpush', app: 'one', lanes: [], batch: 1, send, check, close };
const options = { maxInFlight: perProvider(() => 1), directPerBulk: 4 };

function routes(): Routes {
  return new Routes([fcm, webpush], options, () => null);
}

const count = (all: Routes) => [...all.all()].length;

describe('routes', () => {
  it('are there for each lane of a provider, and for no other', () => {
    const all = routes();
    expect(all.find('one', 'fcm', 'production')?.id).toBe('fcm/production/one');
    expect(all.find('one', 'fcm', 'elsewhere')).toBeUndefined();
    expect(all.find('two', 'webpush', 'push.example.com')).toBeUndefined();
    expect(all.byId('nonsense')).toBeUndefined();
    expect(count(all)).toBe(1);
  });

  it('open with the first delivery where each token has a lane, and have slots of their own', () => {
    const all = routes();
    const slow = all.find('one', 'webpush', 'slow.example.com');
    expect(slow).toBe(all.find('one', 'webpush', 'slow.example.com'));
    expect(slow?.gate.take(5, 'direct')).toBe(1);
    const previous = all.byId('webpush/fcm.googleapis.com/previous/one');
    expect(previous).toMatchObject({ app: 'one', lane: 'fcm.googleapis.com/previous' });
    expect(previous?.gate.take(1, 'direct')).toBe(1);
  });

  it('are bounded: those on which nothing goes on make room, and beyond that all share one', () => {
    const all = routes();
    const busy = all.find('one', 'webpush', 'busy.example.com');
    busy?.gate.take(1, 'direct');
    const paused = all.find('one', 'webpush', 'paused.example.com');
    if (paused !== undefined) paused.pause = { reason: 'r', sinceMs: 0 };
    for (let index = 0; index < 500; index += 1) all.find('one', 'webpush', `h${index}.example.com`);
    expect(count(all)).toBe(65);
    expect(all.find('one', 'webpush', 'busy.example.com')).toBe(busy);
    expect(all.find('one', 'webpush', 'paused.example.com')).toBe(paused);
    for (const route of all.all()) if (route.provider === webpush) route.gate.take(1, 'direct');
    expect(all.find('one', 'webpush', 'one-more.example.com')?.lane).toBe('others');
    expect(all.find('one', 'webpush', 'and-more.example.com')?.lane).toBe('others');
    expect(count(all)).toBe(66);
  });
});
