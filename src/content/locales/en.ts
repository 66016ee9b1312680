import type { Catalogue } from '../catalogue';

export const en: Catalogue = {
  labels: {
    image: '[Image]',
    gif: '[GIF]',
    voice: '[Voice message]',
    video: '[Video]',
    location: '[Location]',
    card: '[Contact card]',
    file: '[File]',
    forward: '[Chat history]',
    sticker: '[Sticker]',
    emoji: '[Emoji]',
    richText: '[Rich text]',
    invite: '[Invitation]',
    system: '[System message]',
    tip: '[Notice]',
    hotline: '[Customer service]',
    call: '[Call]',
    message: '[New message]',
  },
  titles: { message: 'New message', group: 'Group chat', system: 'System message' },
  mention: { me: '[You were mentioned]', all: '[@All]' },
  hidden: 'You have a new message',
  hiddenFrom: (sender) => `${sender} sent a message`,
  said: (sender, text) => `${sender}: ${text}`,
  summary: (count) =>
    count === null ? 'New messages' : count === 1 ? '1 new message' : `${count} new messages`,
  someone: 'Someone',
};
