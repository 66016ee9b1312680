import { decodeNotify } from './decode-notify';

const message = { message_id: 5, channel_id: 'c', channel_type: 2, payload: 'e30=' };
const text = JSON.stringify(message);

async function decode(body: string) {
  const result = await decodeNotify(Buffer.from(body), 1_800_000_000_000);
  return result.ok ? result.value : result.failure;
}

describe('decodeNotify', () => {
  it.each([
    ['[]', 0],
    [`[${text}]`, 1],
    [` [ ${text} , ${text} ] `, 2],
    [`[${`${text},`.repeat(20_000)}${text}]`, 20_001],
    [`[${JSON.stringify({ ...message, payload: 'A'.repeat(400_000), more: [[{}]] })},${text}]`, 2],
    ['[{"message_id":2124460524698603521,"channel_id":"c","channel_type":1}]', 1],
    [`[{"message_id":1,"channel_id":"c","channel_type":2,"to_uids":{${'"k":1,'.repeat(20_000)}"k":1}}]`, 1],
    [`[${JSON.stringify({ ...message, channel_id: 'x'.repeat(300_000) })}]`, 1],
  ])('counts the messages of body %#', async (body, count) => {
    expect(await decode(body)).toEqual({ count, malformed: 0, failure: null });
  });

  it.each(['{}', '5', '[]', 'null', '{"message_id":0}', `{"a":"${'x'.repeat(10_000)}"}`])(
    'leaves out odd item %# and counts the others',
    async (odd) => {
      expect(await decode(`[${text},${odd},${text}]`)).toMatchObject({
        count: 2,
        malformed: 1,
        failure: { path: expect.stringMatching(/^\$\[1\]/) as string },
      });
    },
  );

  it.each([
    ['', 'empty', '$'],
    ['{}', 'type', '$'],
    ['[', 'json', '$'],
    [`[${text},]`, 'json', '$'],
    [`[${text}]]`, 'json', '$'],
    ['['.repeat(1_000_000), 'json', '$'],
    [`[${'{},'.repeat(1_000_000)}{}]`, 'missing', '$[1000].message_id'],
    [`[${'[],'.repeat(1_000_000)}[]]`, 'type', '$[1000]'],
    ['[5]', 'type', '$[0]'],
    [`[{${'"a":1,'.repeat(5_000)}"b":2}]`, 'missing', '$[0].message_id'],
    [`[{${'"a":1,'.repeat(50_000)}"b":2}]`, 'missing', '$[0].message_id'],
  ])('refuses body %#', async (body, reason, path) => {
    expect(await decode(body)).toMatchObject({ reason, path });
  });
});
