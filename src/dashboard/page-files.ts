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
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A file of the page by its name; null where there is none. Sandbox phones load the pictures of notifications. */
export function readPageFile(name: string, isSandbox: boolean): PageFile | null {
  const contentType = Object.hasOwn(contentTypes, name) ? contentTypes[name] : undefined;
  if (contentType === undefined) return null;
  try {
    return {
      contentType,
      text: readFileSync(join(folder, name), 'utf8'),
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
