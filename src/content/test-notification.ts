import { aboutNoMessage, type Notification } from '../domain/notification';
import type { Catalogue } from './catalogue';

/** What somebody sees who asks whether pushes reach a device. */
export function testNotification(catalogue: Catalogue, expiresAtMs: number): Notification {
  return {
    ...aboutNoMessage,
    kind: 'alert',
    title: catalogue.say('test_title'),
    body: catalogue.say('test_body'),
    sound: 'default',
    collapseId: 'test-push',
    priority: 'high',
    expiresAtMs,
  };
}
