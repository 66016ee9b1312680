import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the build makes of `page/`. */
const folder = join(__dirname, 'page');

const contentTypes: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

export interface PageFile {
  readonly contentType: string;
  readonly text: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** The files of the page, each read once. Sandbox phones load the pictures of notifications. */
export class PageFiles {
  readonly #kept = new Map<string, PageFile>();
  readonly #isSandbox: boolean;

  constructor(isSandbox: boolean) {
    this.#isSandbox = isSandbox;
  }

  /** Null where there is none of that name. */
  read(name: string): PageFile | null {
    const file = this.#kept.get(name) ?? readPageFile(name, this.#isSandbox);
    if (file !== null) this.#kept.set(name, file);
    return file;
  }
}

function readPageFile(name: string, isSandbox: boolean): PageFile | null {
  const contentType = Object.hasOwn(contentTypes, name) ? contentTypes[name] : undefined;
  if (contentType === undefined) return null;
  try {
    return {
      contentType,
      text: readFileSync(join(folder, name)),
      headers: {
        'content-security-policy': policy(isSandbox ? "'self' https:" : "'self'"),
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      },
    };
  } catch {
    // A build without the page: the relay works without it.
    return null;
  }
}

function policy(images: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src ${images}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
