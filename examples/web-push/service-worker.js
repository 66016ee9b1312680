// Shows the relay's notifications. Safari 18.4 and later shows them without this file (Declarative Web Push), from the same JSON.

self.addEventListener('push', (event) => {
  event.waitUntil(show(event));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(openPage(event.notification.data?.navigate ?? '/'));
});

async function show(event) {
  const message = read(event.data);
  const { title, navigate, data, app_badge: _, ...options } = message.notification;
  // Each push must show something: browsers revoke the subscription of a site that shows nothing.
  await self.registration.showNotification(title, {
    ...options,
    // A later message of the same conversation replaces the earlier one, and makes a sound.
    renotify: options.tag !== undefined && options.silent !== true,
    data: { ...data, navigate },
  });
  if (typeof message.app_badge === 'number') await self.navigator.setAppBadge?.(message.app_badge);
}

function read(data) {
  try {
    const message = data.json();
    if (typeof message.notification.title === 'string') return message;
  } catch {
    // The push is not from the relay.
  }
  return { notification: { title: 'New message' } };
}

/** Focuses a window of the app, if one is open. */
async function openPage(url) {
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const [open] = windows;
  if (open === undefined) return self.clients.openWindow(url);
  open.postMessage({ navigate: url });
  return open.focus();
}
