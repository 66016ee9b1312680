import type { Config } from '../config/config';
import type { DeliveryContext } from '../delivery/delivery-engine';

type ContentOptions = Pick<
  DeliveryContext,
  'renderDefaults' | 'contentRules' | 'texts' | 'badges' | 'skip' | 'timezoneOf'
>;

/** What the configuration says of the words, languages and numbers of notifications, and of who gets them. */
export function toContentOptions({ apps, content, badge, delivery }: Config): ContentOptions {
  const timezones = new Map(apps.map(({ name, defaultTimezone }) => [name, defaultTimezone]));
  return {
    renderDefaults: {
      locale: content.defaultLocale,
      preview: content.preview,
      collapse: content.collapse,
      apps: new Map(apps.map((app) => [app.name, app])),
    },
    contentRules: content,
    texts: content.texts,
    badges: badgeOptions(badge, content.collapse),
    skip: delivery.skip,
    timezoneOf: (app) => timezones.get(app) ?? content.defaultTimezone,
  };
}

function badgeOptions(
  badge: Config['badge'],
  collapse: Config['content']['collapse'],
): ContentOptions['badges'] {
  if (badge.mode === 'off') return null;
  const counts = badge.mode === 'count';
  return {
    counts,
    countMuted: badge.countMuted,
    // Where coming online says that everything was seen, so does being online.
    countOnline: !badge.resetOnOnline,
    saysUnread: counts && collapse === 'conversation',
  };
}
