import { maskToken } from './device-object';

describe('maskToken', () => {
  it.each([
    [null, null],
    ['0123456789abcdef', '…89abcdef'],
    ['123456789', '…23456789'],
    ['12345678', '…'],
    ['x', '…'],
  ])('shows of %s only %s', (token, masked) => {
    expect(maskToken(token)).toBe(masked);
  });
});
