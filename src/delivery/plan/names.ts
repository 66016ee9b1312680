import { channelTypes } from '../../domain/message';
import type { Profiles } from '../../store/ports/people';
import type { Names, Work } from './work';

/** For a push of the app server's own, which brings its title. */
export const nameless: Names = { sender: null, channel: null };

/** The names in the titles of some works, in their order, asked for once however many share them. */
export async function readNames(profiles: Profiles, works: readonly Work[]): Promise<readonly Names[]> {
  const uids: string[] = [];
  const channels = new Map<string, Promise<string | null>>();
  for (const { body } of works) {
    if (body.kind === 'push') continue;
    const { fromUid, channelType, channelId } = body.message;
    if (!uids.includes(fromUid)) uids.push(fromUid);
    // A conversation of two is called by the other one's name.
    if (channelType === channelTypes.person) continue;
    const key = channelKey(channelType, channelId);
    if (!channels.has(key))
      channels.set(
        key,
        profiles.getChannel(channelType, channelId).then((profile) => profile?.name ?? null),
      );
  }
  if (uids.length === 0) return works.map(() => nameless);
  const [senders, channelNames] = await Promise.all([
    profiles.getUsers(uids),
    channels.size === 0 ? noNames : Promise.all(channels.values()),
  ]);
  const channelKeys = [...channels.keys()];
  return works.map(({ body }) => {
    if (body.kind === 'push') return nameless;
    const { fromUid, channelType, channelId } = body.message;
    const sender = senders[uids.indexOf(fromUid)]?.name ?? null;
    if (channelType === channelTypes.person) return sender === null ? nameless : { sender, channel: null };
    const channel = channelNames[channelKeys.indexOf(channelKey(channelType, channelId))] ?? null;
    return { sender, channel };
  });
}

const noNames: readonly (string | null)[] = [];

function channelKey(channelType: number, channelId: string): string {
  return `${channelType}:${channelId}`;
}
