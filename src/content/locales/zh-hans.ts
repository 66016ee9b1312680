import type { Catalogue } from '../catalogue';

export const zhHans: Catalogue = {
  labels: {
    image: '[图片]',
    gif: '[GIF]',
    voice: '[语音]',
    video: '[视频]',
    location: '[位置]',
    card: '[名片]',
    file: '[文件]',
    forward: '[聊天记录]',
    sticker: '[动画表情]',
    emoji: '[表情]',
    richText: '[富文本]',
    invite: '[邀请]',
    system: '[系统消息]',
    tip: '[提示]',
    hotline: '[客服消息]',
    call: '[通话]',
    message: '[新消息]',
  },
  titles: { message: '新消息', group: '群聊', system: '系统消息' },
  mention: { me: '[有人@我]', all: '[@所有人]' },
  hidden: '您有一条新消息',
  hiddenFrom: (sender) => `${sender} 发来一条消息`,
  said: (sender, text) => `${sender}：${text}`,
  someone: '有人',
};
