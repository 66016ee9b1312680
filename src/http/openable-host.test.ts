import { openableHost } from './openable-host';

it.each([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '[::1]'],
  ['0:0:0:0:0:0:0:0', '[::1]'],
  ['::1', '[::1]'],
  ['fd00::10', '[fd00::10]'],
  ['10.0.0.0', '10.0.0.0'],
  ['relay.internal', 'relay.internal'],
])('reaches who listens on %s at %s', (address, host) => {
  expect(openableHost(address)).toBe(host);
});
