import { generateKeyPairSync } from 'node:crypto';
import { readServiceAccount, validateServiceAccount } from './service-account';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const account = {
  type: 'service_account',
  project_id: 'demo',
  private_key_id: 'k1',
  private_key: rsa,
  client_email: 'relay@demo.iam.gserviceaccount.com',
  token_uri: 'https://oauth2.example.com/token',
};

describe('readServiceAccount', () => {
  it('reads what the relay uses', () => {
    expect(readServiceAccount(JSON.stringify(account))).toEqual({
      ok: true,
      projectId: 'demo',
      account: {
        clientEmail: account.client_email,
        privateKey: rsa,
        privateKeyId: 'k1',
        tokenUri: 'https://oauth2.example.com/token',
      },
    });
    const { token_uri: _, private_key_id: __, ...short } = account;
    expect(readServiceAccount(JSON.stringify(short))).toMatchObject({
      account: { tokenUri: 'https://oauth2.googleapis.com/token', privateKeyId: null },
    });
  });

  it.each([
    ['no JSON', 'service-account.json', /no JSON object/],
    ['a list', '[]', /no JSON object/],
    ['the file of the app', '{"project_info":{}}', /google-services.json is for the app/],
    ['another credential', '{"type":"authorized_user"}', /"type": "service_account"/],
    ['no project', JSON.stringify({ ...account, project_id: '' }), /"project_id"/],
    ['no address', JSON.stringify({ ...account, client_email: 7 }), /"client_email"/],
    ['a broken key', JSON.stringify({ ...account, private_key: 'SECRETSECRET' }), /"private_key"/],
    ['a key of another kind', JSON.stringify({ ...account, private_key: ec }), /"private_key"/],
    ['a wrong token_uri', JSON.stringify({ ...account, token_uri: 'file:///etc/passwd' }), /"token_uri"/],
  ])('tells what is wrong with %s, and never its content', (_, json, problem) => {
    const check = validateServiceAccount(json);
    expect(check).toMatchObject({ ok: false, problem: expect.stringMatching(problem) });
    expect(JSON.stringify(check)).not.toContain('SECRET');
  });
});
