import type { Notification } from '../../domain/notification';

const place = /\{(channel_type|channel_id|message_id|app)\}/g;

/**
 * What a click opens: the conversation, by the operator's template; without a conversation that may be named, the web app's first
 * page. It is absolute in any case: Safari shows nothing without (https://webkit.org/blog/16535/meet-declarative-web-push/).
 */
export function clickUrl(template: string, app: string, { conversation }: Notification): string {
  const values: Readonly<Record<string, string | null | undefined>> = {
    app,
    channel_id: conversation?.channelId,
    channel_type: conversation?.channelType.toString(),
    message_id: conversation?.messageId,
  };
  let isWhole = true;
  const filled = template.replaceAll(place, (_, name: string) => {
    const value = values[name] ?? null;
    isWhole &&= value !== null;
    return value === null ? '' : encodeURIComponent(value.toWellFormed());
  });
  return isWhole ? filled : new URL('/', template).href;
}
