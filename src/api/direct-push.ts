import type { DirectPush } from '../domain/body';
import type { PushRequest } from './schemas/push';

export function toDirectPush(id: string, request: PushRequest): DirectPush {
  const { notification } = request;
  const silent = request.silent ?? false;
  return {
    id,
    app: request.app ?? null,
    title: notification.title ?? null,
    body: notification.body ?? null,
    data: notification.data ?? {},
    imageUrl: notification.image_url ?? null,
    sound: toSound(notification.sound ?? null),
    collapseId: request.collapse_id ?? null,
    ttlSeconds: request.ttl_seconds ?? null,
    priority: request.priority ?? (silent ? 'normal' : 'high'),
    silent,
    respectPreferences: request.respect_preferences ?? true,
  };
}

function toSound(sound: string | null): string | null {
  return sound === 'none' ? '' : sound;
}
