import { maskToken } from './mask';

describe('maskToken', () => {
  it.each([
    ['0123456789abcdef0123', '…cdef0123'],
    ['0123456789abcdef', '…89abcdef'],
    ['0123456789abcde', '********'],
    ['x', '********'],
  ])('shows of %s only %s', (token, masked) => {
    expect(maskToken(token)).toBe(masked);
  });
});
