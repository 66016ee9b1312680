import type { Notification } from '../../domain/notification';
import { filledClick } from '../wire/click-template';

/**
 * What a click opens: the conversation, by the operator's template; without a conversation that may be named, the web app's first
 * page. It is absolute in any case: Safari shows nothing without (https://webkit.org/blog/16535/meet-declarative-web-push/).
 */
export function clickUrl(template: string, app: string, notification: Notification): string {
  return filledClick(template, notification, app) ?? new URL('/', template).href;
}
