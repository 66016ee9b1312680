import type { ApnsPush } from '../../sandbox/apns/fake-apns';
import type { FcmPush } from '../../sandbox/fcm/fake-fcm';
import type { MakerPush } from '../../sandbox/makers/fake-maker';
import type { WebPush } from '../../sandbox/webpush/fake-push-service';

/** What a phone makes of a push. */
export interface Shown {
  readonly title: string;
  readonly body: string;
  /** Null for a push that carries no message. */
  readonly messageId: string | null;
}

/** The data that the relay sends beside the text, as far as the demo looks. */
interface Fields {
  readonly message_id?: string;
}

type Message = MakerPush['message'];

export function shownByApns({ payload }: ApnsPush): Shown {
  const { aps, wukongim } = payload as {
    readonly aps?: { readonly alert?: { readonly title?: string; readonly body?: string } };
    readonly wukongim?: Fields;
  };
  return shown(aps?.alert?.title, aps?.alert?.body, wukongim);
}

export function shownByFcm({ message }: FcmPush): Shown {
  const { notification, data } = message as {
    readonly notification?: { readonly title?: string; readonly body?: string };
    readonly data?: Fields;
  };
  return shown(notification?.title, notification?.body, data);
}

export function shownByWebPush({ text }: WebPush): Shown {
  const { notification } = JSON.parse(text) as {
    readonly notification: {
      readonly title: string;
      readonly body?: string;
      readonly data: { readonly wukongim?: Fields };
    };
  };
  return shown(notification.title, notification.body, notification.data.wukongim);
}

/** The makers' messages, each in its own form. */
const makers = {
  huawei: shownOnAndroid,
  honor: shownOnAndroid,
  harmony: (message: Message) => {
    const { payload } = message as {
      readonly payload?: {
        readonly notification?: {
          readonly title?: string;
          readonly body?: string;
          readonly clickAction?: { readonly data?: Fields };
        };
      };
    };
    const { title, body, clickAction } = payload?.notification ?? {};
    return shown(title, body, clickAction?.data);
  },
  xiaomi: (message: Message) => {
    const { title, description, payload } = message as Readonly<Record<string, string>>;
    return shown(title, description, parsed(payload));
  },
  oppo: (message: Message) => {
    const { title, content, action_parameters: parameters } = message as Readonly<Record<string, string>>;
    return shown(title, content, parsed(parameters));
  },
  vivo: (message: Message) => {
    const { title, content, clientCustomMap } = message as {
      readonly title?: string;
      readonly content?: string;
      readonly clientCustomMap?: Fields;
    };
    // Without the words that vivo wants beside texts of ASCII.
    return shown(title?.replace(/ 的消息$/, ''), content?.replace(/^消息: /, ''), clientCustomMap);
  },
  meizu: (message: Message) => {
    const { noticeBarInfo, clickTypeInfo } = message as {
      readonly noticeBarInfo?: { readonly title?: string; readonly content?: string };
      readonly clickTypeInfo?: { readonly parameters?: Fields };
    };
    return shown(noticeBarInfo?.title, noticeBarInfo?.content, clickTypeInfo?.parameters);
  },
};

export const makersShown = Object.entries(makers) as [keyof typeof makers, (message: Message) => Shown][];

/** Huawei's form, which is Honor's too. */
function shownOnAndroid(message: Message): Shown {
  const { data, android } = message as {
    readonly data?: string;
    readonly android?: { readonly notification?: { readonly title?: string; readonly body?: string } };
  };
  return shown(android?.notification?.title, android?.notification?.body, parsed(data));
}

function parsed(fields = '{}'): Fields {
  return JSON.parse(fields) as Fields;
}

function shown(title = '', body = '', fields: Fields = {}): Shown {
  return { title, body, messageId: fields.message_id ?? null };
}
