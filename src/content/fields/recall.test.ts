import type { Message } from '../../domain/message';
import { readRecall } from './recall';

const message = { fromUid: 'alice', channelId: 'team', channelType: 2 } as Message;
const id = '2124457484096540672';

describe('a recall', () => {
  it.each([
    ['a message of type 1006', { message_id: id }, 1006, null],
    ['its param', { param: { message_id: id } }, 1006, null],
    ['a command', { param: { message_id: id } }, 99, 'messageRevoke'],
    ['a command without param', { message_id: id }, null, 'messageRevoke'],
  ])('is read from %s', (_, payload, type, command) => {
    expect(readRecall(message, payload, type, command, false)).toEqual({
      messageId: id,
      messageSeq: 0,
      clientMsgNo: '',
      fromUid: 'alice',
    });
  });

  it.each([
    ['another type', { message_id: id }, 1, null],
    ['another command', { param: { message_id: id } }, 99, 'unreadClear'],
    ['no id', { param: {} }, 99, 'messageRevoke'],
    ['an id that has lost its last digits', { message_id: 2_124_457_484_096_540_672 }, 1006, null],
    ['an id that is none', { message_id: 'badge' }, 1006, null],
    ['an endless id', { message_id: '1'.repeat(21) }, 1006, null],
  ])('is none with %s', (_, payload, type, command) => {
    expect(readRecall(message, payload, type, command, false)).toBeNull();
  });

  it('is of another sender only where the server says so', () => {
    const payload = { param: { message_id: id, from_uid: 'bob', message_seq: 7, client_msg_no: 'c' } };
    expect(readRecall(message, payload, 99, 'messageRevoke', false)?.fromUid).toBe('alice');
    expect(readRecall(message, payload, 99, 'messageRevoke', true)).toEqual({
      messageId: id,
      messageSeq: 7,
      clientMsgNo: 'c',
      fromUid: 'bob',
    });
  });
});
