import type { Notification } from '../domain/notification';
import type { Catalogue } from './catalogue';

/** What somebody sees who asks whether pushes reach a device. */
export function testNotification(catalogue: Catalogue, expiresAtMs: number): Notification {
  return {
    kind: 'alert',
    title: catalogue.say('test_title'),
    subtitle: null,
    body: catalogue.say('test_body'),
    parts: null,
    imageUrl: null,
    sound: 'default',
    threadId: null,
    collapseId: 'test-push',
    androidChannelId: null,
    conversation: null,
    call: null,
    category: null,
    level: 'normal',
    wakesApp: false,
    read: null,
    data: {},
    priority: 'high',
    expiresAtMs,
  };
}
