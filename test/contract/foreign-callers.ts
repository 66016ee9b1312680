/** Of requests to a server on loopback that asks for no secret. */
export const localHosts = [
  'localhost:8080',
  'LOCALHOST.',
  'a.localhost',
  '127.0.0.1:1',
  '127.9.9.9',
  '[::1]:80',
  '[::ffff:127.0.0.1]',
];
export const foreignHosts = [
  'evil.example',
  'localhost.evil.example:8080',
  '127.0.0.1.evil.example',
  '192.168.1.10:8080',
  '0.0.0.0:8080',
  '[::]:8080',
  'localhost:99999',
];
export const foreignOrigins = ['http://evil.example', 'https://127.0.0.1.evil.example', 'null', 'file://'];
