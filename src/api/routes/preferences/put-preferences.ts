import { readLocale } from '../../../shared/locale-tag';
import { json } from '../../answer';
import { examplePreferences, exampleUid } from '../../example';
import { defineOperation, type Operation } from '../../operation';
import { uidParams } from '../../schemas/identifiers';
import {
  changedPreferencesSchema,
  preferencesInput,
  toPreferences,
  toPreferencesObject,
} from '../../schemas/preferences';
import type { ApiServices } from '../../services';

export function putPreferences({ store, connectionsOf }: ApiServices): Operation {
  return defineOperation({
    id: 'putPreferences',
    method: 'put',
    path: '/v1/users/{uid}/preferences',
    tag: 'preferences',
    summary: "Replace a user's preferences",
    description:
      'Omitted fields are not set. Locale, preview and time zone of a device go before those of its user. What arrives while ' +
      'everything is muted, or in quiet hours, is not pushed later.',
    callers: ['server', 'owner'],
    params: uidParams,
    body: preferencesInput,
    answers: { 200: { description: 'The preferences as they are now.', schema: changedPreferencesSchema } },
    example: {
      params: exampleUid,
      body: {
        locale: 'zh-CN',
        preview: 'sender',
        quiet_hours: {
          start: '22:00',
          end: '07:00',
          timezone: 'Asia/Shanghai',
          days: [1, 2, 3, 4, 5],
          allow_calls: true,
        },
      },
      answer: examplePreferences,
    },
    handle: async ({ params, body }) => {
      const preferences = toPreferences(body);
      await store.preferences.put(params.uid, preferences);
      const isUnread = typeof body.locale === 'string' && readLocale(body.locale) === null;
      const silences = (body.silence_while_online ?? 'none') !== 'none';
      const warnings = [
        ...(isUnread ? [unreadLocale] : []),
        ...(silences && connectionsOf === null ? [nobodyKnows] : []),
      ];
      return json(200, {
        ...toPreferencesObject(preferences),
        ...(warnings.length === 0 ? {} : { warnings }),
      });
    },
  });
}

const unreadLocale = {
  path: 'locale',
  message: "cannot be read as a locale such as zh-CN or zh_CN; the app's default applies",
};

const nobodyKnows = {
  path: 'silence_while_online',
  message: 'has no effect until wukongim.api_url is configured',
};
