import type { DirectPush, ReadNotice } from '../domain/body';
import { isVisible } from '../shared/text-rules';
import type { PushRequest } from './schemas/push';

export function toDirectPush(id: string, request: PushRequest): DirectPush {
  const { notification } = request;
  const silent = request.silent ?? false;
  return {
    id,
    app: request.app ?? null,
    title: visible(notification.title),
    body: visible(notification.body),
    data: notification.data ?? {},
    imageUrl: notification.image_url ?? null,
    sound: toSound(notification.sound ?? null),
    collapseId: request.collapse_id ?? null,
    ttlSeconds: request.ttl_seconds ?? null,
    priority: request.priority ?? (silent ? 'normal' : 'high'),
    silent,
    ...(request.respect_preferences === true ? { respectPreferences: true } : {}),
  };
}

/** Shows nothing: the app removes what was read. */
export function readPush(id: string, read: ReadNotice, ttlSeconds: number): DirectPush {
  return {
    id,
    app: null,
    title: null,
    body: null,
    data: {},
    imageUrl: null,
    sound: '',
    collapseId: null,
    ttlSeconds,
    priority: 'normal',
    silent: true,
    read,
  };
}

/** What shows nothing is not there. */
function visible(text: string | null | undefined): string | null {
  return typeof text === 'string' && isVisible(text) ? text : null;
}

function toSound(sound: string | null): string | null {
  return sound === 'none' ? '' : sound;
}
