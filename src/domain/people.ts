export interface Profile {
  readonly name: string;
  readonly avatarUrl: string | null;
}

export interface QuietHours {
  readonly start: string;
  readonly end: string;
  readonly timezone: string | null;
  readonly days: readonly number[] | null;
  readonly allowCalls: boolean;
  readonly allowMentions: boolean;
}

export interface Preferences {
  readonly locale: string | null;
  readonly preview: 'full' | 'sender' | 'none' | null;
  readonly mutedUntilMs: number | null;
  readonly silenceWhileOnline: 'none' | 'mobile' | 'any' | null;
  readonly quietHours: QuietHours | null;
}

export interface Mute {
  readonly channelType: number;
  readonly channelId: string;
  readonly untilMs: number | null;
  readonly allowMentions: boolean;
}
