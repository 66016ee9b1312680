import { isVisibleTo } from '../../content/audience';
import { isCall, type MessageFacts, type Rule } from './rule';

/** What is not pushed to anybody. */
export interface SkipOptions {
  /** Messages that WuKongIM does not store: a tap would open nothing. */
  readonly noPersist: boolean;
  /** Messages that count nowhere as unread. */
  readonly noRedDot: boolean;
  readonly commands: boolean;
  /** WuKongIM's. */
  readonly channelTypes: readonly number[];
}

/** Of the message and the recipient's uid: they run before the store is asked about anybody. */
export function createMessageRules(skip: SkipOptions): readonly Rule<string>[] {
  return [
    ...(skip.commands ? [noCommand] : []),
    ...(skip.noPersist ? [isPersisted] : []),
    pushedType,
    ...(skip.noRedDot ? [hasRedDot] : []),
    ...(skip.channelTypes.length === 0 ? [] : [inPushedChannel(skip.channelTypes)]),
    notToSender,
    visible,
    inTime,
  ];
}

/** A command message changes something in the app, and is not shown; but for one that invites to a call, ends one or takes a message back. */
const noCommand: Rule<string> = (message) =>
  message.content === null || message.content.command === null || isForShow(message) ? 'send' : 'command';

/** Typing, for example. A call is of no use later anyway. */
const isPersisted: Rule<string> = (message) =>
  message.body.kind === 'message' && message.body.message.noPersist && !isForShow(message)
    ? 'not_persisted'
    : 'send';

/** A call rings, and what was taken back is replaced on the screen, however WuKongIM carries it. */
function isForShow(message: MessageFacts): boolean {
  return isAboutCall(message) || (message.content !== null && message.content.recall !== null);
}

/** It rings, or ends a ringing, be it by a command. */
function isAboutCall(message: MessageFacts): boolean {
  return isCall(message) || (message.content !== null && message.content.callEnd !== null);
}

/** The operator pushes messages of this type to nobody. */
const pushedType: Rule<string> = (message) =>
  message.content === null || message.content.isPushedType || isAboutCall(message)
    ? 'send'
    : 'not_pushed_type';

/** A command has none; those that are pushed all the same have been let through before. */
const hasRedDot: Rule<string> = (message) => {
  const { body, content } = message;
  if (body.kind !== 'message' || body.message.redDot || isForShow(message)) return 'send';
  return content?.command === null ? 'not_pushed_type' : 'send';
};

/** A call in any channel rings. */
function inPushedChannel(types: readonly number[]): Rule<string> {
  return (message) =>
    message.body.kind === 'message' &&
    types.includes(message.body.message.channelType) &&
    !isAboutCall(message)
      ? 'not_pushed_type'
      : 'send';
}

const notToSender: Rule<string> = ({ body, call }, uid) =>
  (body.kind === 'message' && uid === body.message.fromUid) || uid === call?.fromUid ? 'sender' : 'send';

const visible: Rule<string> = ({ content }, uid) =>
  content === null || isVisibleTo(content, uid) ? 'send' : 'hidden';

const inTime: Rule<string> = ({ deadlineMs }, _, { certainMs }) =>
  certainMs < deadlineMs ? 'send' : 'expired';
