import { createPrivateKey, sign } from 'node:crypto';
import { connect, type ClientHttp2Session } from 'node:http2';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox';

interface Answered {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

function jwt(header: object, claims: object, key: string, alg: 'ES256' | 'RS256'): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part(header)}.${part(claims)}`;
  const privateKey = createPrivateKey(key);
  const signer = alg === 'ES256' ? { key: privateKey, dsaEncoding: 'ieee-p1363' as const } : privateKey;
  return `${signed}.${sign('sha256', Buffer.from(signed), signer).toString('base64url')}`;
}

function request(
  session: ClientHttp2Session,
  headers: Record<string, string>,
  body: string,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':method': 'POST', ...headers });
    const answered: Answered = { status: 0, headers: {}, body: '' };
    stream.setEncoding('utf8');
    stream.on('response', (answer) => {
      answered.status = Number(answer[':status']);
      answered.headers = answer;
    });
    stream.on('data', (chunk: string) => (answered.body += chunk));
    stream.on('error', reject);
    stream.on('close', () =>
      answered.status === 0 ? reject(new Error(`closed ${stream.rstCode}`)) : resolve(answered),
    );
    stream.end(body);
  });
}

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

it('accepts', async () => {
  const session = connect(sandbox.apns.url, { ca: sandbox.caPem });
  const { keyPem, keyId, teamId, topic } = sandbox.credentials.apns;
  const token = jwt(
    { alg: 'ES256', kid: keyId },
    { iss: teamId, iat: Math.floor(Date.now() / 1000) },
    keyPem,
    'ES256',
  );
  const answer = await request(
    session,
    {
      ':path': '/3/device/abcd',
      authorization: `bearer ${token}`,
      'apns-topic': topic,
      'apns-push-type': 'alert',
    },
    '{"aps":{"alert":"hi"}}',
  );
  expect(answer.body).toBe('');
  expect(answer.status).toBe(200);
  expect(sandbox.apns.accepted).toMatchObject([{ token: 'abcd', payload: { aps: { alert: 'hi' } } }]);
  session.close();
});
