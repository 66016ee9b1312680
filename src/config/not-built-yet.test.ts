import { listKeys } from './key-table';
import { laterKeys } from './not-built-yet';

describe('keys of later versions', () => {
  it('are none that this version has', () => {
    const built = listKeys().map(({ path }) => path.map((part) => (part === 'NAME' ? '*' : part)));
    const both = laterKeys().filter((later) =>
      built.some((path) => later.every((part, at) => part === path[at])),
    );
    expect(both).toEqual([]);
  });
});
