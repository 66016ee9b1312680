/**
 * What the relay's own words in a trace mean in Chinese, by what they are in English: `detail`, and reasons that are no provider's code.
 * `{name}` stands for a value. test/contract/trace-words.test.ts holds them to what the relay says.
 */
const chinese: Readonly<Record<string, string>> = {
  'none of the devices has a token for this': '没有一台设备有可用的令牌',
  'none of the devices is of the app {app}': '没有一台设备属于应用 {app}',
  'the device that the replay is for is not registered any more': '重放所针对的设备已不再注册',
  'the push is for the app {app}, the device is of the app {other}':
    '推送发给应用 {app}，而设备属于应用 {other}',
  'the device has no token for this': '设备没有可用的令牌',
  'suspended for {reason}, until {time} or until it registers again':
    '因 {reason} 暂停到 {time}，或到它重新注册为止',
  'suspended for {reason}, until it registers again': '因 {reason} 暂停到它重新注册为止',
  'a reason unknown': '未知原因',
  'the user is online in WuKongIM': '用户在 WuKongIM 上在线',
  'a message of the same client_msg_no was received before': '此前收到过 client_msg_no 相同的消息',
  'the same message was received before': '此前收到过同一条消息',
  'the same recall was received before': '此前收到过同一条撤回',
  'the same push was received before': '此前收到过同一条推送',
  'this {action} of the call was received before': '此前收到过这次来电的同一步骤（{action}）',
  'content.types: type {type} is not pushed': 'content.types：类型 {type} 不推送',
  'channel type {type} is not pushed': '频道类型 {type} 不推送',
  'it has no red dot (red_dot is 0)': '消息不计入未读（red_dot 为 0）',
  'its life ended at {time}': '有效期在 {time} 结束',
  'too many messages at once: a summary is pushed instead': '短时间内消息过多：改为推送一条摘要',
  'the device is suspended for devices.suspend_seconds, or until it registers again':
    '设备暂停 devices.suspend_seconds 秒，或到它重新注册为止',
  "no credential for the device's app and environment": '设备的应用和环境没有凭据',
  'WuKongIM does not store it (no_persist)': 'WuKongIM 不存储这条消息（no_persist）',
  'the call was given up, or answered': '来电已取消，或已被接听',
  'it ends a call': '这条消息结束一次来电',
  'a recall of what no phone shows': '撤回的消息没有显示在任何手机上',
  'a command for the app, which nobody reads': '给应用的命令消息，不显示给用户',
  'rendered as a call: {action}': '显示为来电：{action}',
  'a silent push': '静默推送',
  'a silent push that only sets the badge': '只设置角标的静默推送',
  'a silent push that removes what was read elsewhere': '移除已在别处阅读的通知的静默推送',
  'a summary of this and earlier messages': '这条消息与此前消息的摘要',
  'a push of the app server': '应用服务器的推送',
  'a test push': '测试推送',
  'rendered as a recall': '显示为撤回',
  'the payload is encrypted: neutral text': '内容已加密：显示中性文字',
  'the payload has no type: neutral text': '内容没有类型：显示中性文字',
  'type {type}: neutral text': '类型 {type}：显示中性文字',
  'rendered as the payload has no type ({kind})': '内容没有类型，显示为 {kind}',
  'rendered as type {type} ({kind})': '显示为类型 {type}（{kind}）',
  'everything is muted until {time}': '全部静音到 {time}',
  'the conversation is muted': '该会话已设置免打扰',
  'the conversation is muted until {time}': '该会话免打扰到 {time}',
  'quiet hours {start} to {end} ({zone})': '安静时段 {start} 到 {end}（{zone}）',
  'quiet hours {start} to {end}': '安静时段 {start} 到 {end}',
  'the end of time': '永远',
  'received again at {time}, dropped as a duplicate': '{time} 再次收到，作为重复丢弃',
  'next at {time}': '下次尝试在 {time}',
  'until the credential is accepted again': '等到凭据再次被接受',
  'asked the {lane} environment': '改问 {lane} 环境',
  'the provider asked to leave the device in peace': '服务商要求暂缓推送这台设备',
  'not an answer of the provider: {answer}': '不是服务商的应答：{answer}',
  'the answer says nothing of this delivery': '应答没有提到这次推送',
  'no time left for a call of its own': '剩余时间不够单独调用一次',
  'no credential for {route}': '{route} 没有凭据',
  'provider asked to wait': '服务商要求等待',
  'quota used up: {reason}': '配额已用完：{reason}',
  'expired before the next attempt ({reason})': '在下次尝试之前过期（{reason}）',
  'expired ({reason})': '已过期（{reason}）',
  'older than delivery.max_age': '超过了 delivery.max_age',
  'gave up after {count} claims': '{count} 次处理均未完成，已放弃',
  'the clock is in doubt': '时钟可能有误',
  'refused before the relay was restarted': '中继重启之前已被拒绝',
  '{reason} ({count} ambiguous attempts)': '{reason}（{count} 次尝试结果不明）',
  '{reason} ({count} attempts)': '{reason}（尝试 {count} 次）',
};

const patterns = Object.entries(chinese).map(([english, words]) => ({
  pattern: new RegExp(`^${english.replaceAll(/[.()]/g, '\\$&').replaceAll(/\{(\w+)\}/g, '(?<$1>.+?)')}$`),
  words,
}));

/** Null: not the relay's own words, such as a provider's code. `time` shows a time of RFC 3339. */
export function chineseDetail(text: string, time: (value: string) => string): string | null {
  const parts = text.split('; ');
  const known = parts.map((part) => chineseSentence(part, time));
  return known.every((part) => part === null)
    ? null
    : known.map((part, index) => part ?? parts[index]).join('；');
}

function chineseSentence(text: string, time: (value: string) => string): string | null {
  for (const { pattern, words } of patterns) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const shown = (value: string) =>
      /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? time(value) : (chineseSentence(value, time) ?? value);
    return words.replaceAll(/\{(\w+)\}/g, (_, name: string) => shown(match.groups?.[name] ?? ''));
  }
  return null;
}
