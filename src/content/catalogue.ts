/** What a message is when its own words cannot be shown, e.g. `[Image]`. */
export type LabelKey =
  | 'image'
  | 'gif'
  | 'voice'
  | 'video'
  | 'location'
  | 'card'
  | 'file'
  | 'forward'
  | 'sticker'
  | 'emoji'
  | 'richText'
  | 'invite'
  | 'system'
  | 'tip'
  | 'hotline'
  | 'call'
  | 'message';

/** Every word that the relay itself says in one language. */
export interface Catalogue {
  readonly labels: Readonly<Record<LabelKey, string>>;
  readonly titles: {
    /** A message of somebody whose name is not known. */
    readonly message: string;
    /** A group whose name is not known. */
    readonly group: string;
    /** WuKongIM's own sender, and system messages outside a group. */
    readonly system: string;
  };
  /** In front of the body where the recipient, or everybody, was mentioned. */
  readonly mention: { readonly me: string; readonly all: string };
  /** The body where the preview hides what was said. */
  readonly hidden: string;
  readonly hiddenFrom: (sender: string) => string;
  /** The body of a group message. */
  readonly said: (sender: string, text: string) => string;
  /** Stands for messages held back because there were too many; `count` null where it is not known any more. */
  readonly summary: (count: number) => string;
  /** Stands for a person in a system message whose name is missing. */
  readonly someone: string;
}
