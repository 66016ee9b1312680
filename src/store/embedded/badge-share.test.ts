import { countedDigest } from '../counted-messages';
import {
  afterRead,
  decodeShare,
  encodeShare,
  noShare,
  unreadIn,
  withMessage,
  withoutMessage,
} from './badge-share';

const first = countedDigest('first');
const second = countedDigest('second');
const messages = withMessage(withMessage(noShare, 7, first, 1_000), 8, second, 2_000);

function rowOf(share: object): Buffer {
  return Buffer.from(JSON.stringify(share));
}

describe('rows of conversations', () => {
  it('keep everything', () => {
    const share = { ...messages, epoch: 3, older: 2 ** 40, readSeq: 2 ** 45, readAtMs: Date.now() };
    expect(decodeShare(encodeShare(share))).toEqual(share);
    expect(decodeShare(encodeShare(noShare))).toEqual(noShare);
  });

  it('of earlier builds are read', () => {
    const { messages: _, ...head } = messages;
    const sequences = [7, 8];
    const digests = [first, second].map((digest) => digest.toString('base64url'));
    expect(decodeShare(rowOf({ ...head, sequences, digests }))).toEqual(messages);
    // Nobody knows by now which messages they were.
    const unknown = decodeShare(rowOf({ ...head, sequences }));
    expect(unreadIn(unknown)).toBe(2);
    expect(withoutMessage(unknown, first)).toBeNull();
    expect(unreadIn(afterRead(unknown, 7, 3_000))).toBe(1);
  });
});
