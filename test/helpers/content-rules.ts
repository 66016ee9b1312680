import type { ContentRules } from '../../src/content/message-content';

/** The rules of a configuration that says nothing of senders and pictures. */
export const plainSenders: Pick<ContentRules, 'systemUids' | 'trustPayloadNames' | 'imageHosts'> = {
  systemUids: ['____system'],
  trustPayloadNames: false,
  imageHosts: [],
};
