import type { Notification } from '../../domain/notification';

const place = /\{(channel_id|channel_type|message_id|app)\}/g;

/**
 * Fills in a template for clicks, percent-encoded. Null where the notification does not name what the template asks for (a push of
 * the app server's own, or a conversation that must not leave the relay): the app's launcher is opened then.
 */
export function filledClick(
  template: string | null,
  { conversation }: Notification,
  app: string,
): string | null {
  if (template === null) return null;
  const values: Readonly<Record<string, string | null>> = {
    channel_id: conversation?.channelId ?? null,
    channel_type: conversation === null ? null : String(conversation.channelType),
    message_id: conversation?.messageId ?? null,
    app,
  };
  let isWhole = true;
  const filled = template.replace(place, (_, name: string) => {
    const value = values[name] ?? null;
    if (value === null) isWhole = false;
    return encodeURIComponent((value ?? '').toWellFormed());
  });
  return isWhole ? filled : null;
}
