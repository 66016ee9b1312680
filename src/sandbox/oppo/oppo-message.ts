import { isObject, parseObject, type JsonObject } from '../../shared/json-object';
import {
  badField,
  characters,
  flag,
  matching,
  oneOf,
  whole,
  type Check,
  type Fields,
} from '../makers/field-checks';

/** What OPPO refuses a request for. */
export interface OppoFault {
  readonly code: number;
  readonly detail: string;
}

export interface OppoRequest {
  readonly tokens: readonly string[];
  /** The notification of each, in their order. */
  readonly notifications: readonly JsonObject[];
}

/** JSON in a string, whose values are texts. */
const parameters: Check = (value) =>
  typeof value === 'string' &&
  Buffer.byteLength(value) <= 2000 &&
  Object.values(parseObject(value) ?? { not: null }).every((each) => typeof each === 'string' && each !== '');

const fields: Fields = {
  app_message_id: characters(64),
  style: oneOf(1, 2),
  title: characters(50),
  content: characters(128),
  click_action_type: oneOf(0, 1, 2, 4, 5),
  click_action_activity: characters(500),
  click_action_url: characters(2000),
  action_parameters: (value) =>
    typeof value === 'string' && parseObject(value) !== null && value.length <= 4000,
  category: matching(/^[A-Z_]+$/),
  notify_level: oneOf(1, 2, 16),
  channel_id: characters(128),
  private_msg_template_id: characters(64),
  private_title_parameters: parameters,
  private_content_parameters: parameters,
  off_line: flag,
  off_line_ttl: whole(1, 864_000),
  notify_id: whole(1, 2 ** 31 - 1),
  call_back_url: characters(200),
};

/** A request as OPPO takes it, or what it refuses it for: open.oppomobile.com/new/developmentDoc/info?id=11236, 11238. */
export function checkMessages(text: string, needsTemplate: boolean): OppoRequest | OppoFault {
  let messages: unknown;
  try {
    messages = JSON.parse(text);
  } catch {
    return { code: 40, detail: 'messages is no JSON' };
  }
  if (!Array.isArray(messages) || messages.length === 0 || messages.length > 1000)
    return { code: 40, detail: 'messages: 1 to 1000' };
  const tokens: string[] = [];
  const notifications: JsonObject[] = [];
  for (const message of messages as readonly unknown[]) {
    const fault = faultOf(message, needsTemplate);
    if (fault !== null) return fault;
    const { target_value: token, notification } = message as {
      target_value: string;
      notification: JsonObject;
    };
    tokens.push(token);
    notifications.push(notification);
  }
  return { tokens, notifications };
}

function faultOf(message: unknown, needsTemplate: boolean): OppoFault | null {
  if (!isObject(message)) return { code: 40, detail: 'a message is no object' };
  const {
    target_type: type,
    target_value: token,
    verify_registration_id: verify,
    notification,
    ...more
  } = message;
  if (type !== 2 || verify !== true || Object.keys(more).length > 0)
    return { code: 40, detail: 'target_type' };
  if (typeof token !== 'string' || !/^[^;,\s]{1,256}$/.test(token))
    return { code: 41, detail: 'target_value' };
  if (!isObject(notification)) return { code: 40, detail: 'notification' };
  const bad = badField(notification, fields);
  if (bad !== null) return { code: 40, detail: bad };
  const { style, content, category, channel_id: channel, private_msg_template_id: template } = notification;
  if (style === 1 && !characters(50)(content)) return { code: 40, detail: 'content of style 1' };
  if (!('title' in notification) || content === undefined) return { code: 40, detail: 'title and content' };
  if (category !== undefined && channel !== undefined) return { code: 67, detail: 'category and channel_id' };
  if (category === undefined && 'notify_level' in notification) return { code: 67, detail: 'notify_level' };
  if (needsTemplate && template === undefined) return { code: 54, detail: 'private_msg_template_id' };
  return null;
}
