import { SharedScrape } from './shared-scrape';

it('writes once for all who ask meanwhile, never older than they asked', async () => {
  let value = 0;
  let written = 0;
  const scrape = new SharedScrape(async () => {
    written += 1;
    const text = String(value);
    await new Promise((resolve) => setImmediate(resolve));
    return text;
  });
  const first = scrape.text();
  await new Promise((resolve) => setImmediate(resolve));
  value = 1;
  const later = Array.from({ length: 1_000 }, () => scrape.text());
  expect(await first).toBe('0');
  expect(new Set(await Promise.all(later))).toEqual(new Set(['1']));
  expect(written).toBe(2);
  value = 2;
  expect(await scrape.text()).toBe('2');
});

it('goes on after a failure', async () => {
  let fails = true;
  const scrape = new SharedScrape(() =>
    fails ? Promise.reject(new Error('away')) : Promise.resolve('here'),
  );
  await expect(scrape.text()).rejects.toThrow('away');
  fails = false;
  expect(await scrape.text()).toBe('here');
});
