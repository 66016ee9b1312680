import { isUtf8 } from 'node:buffer';
import { unexpandedHint } from '../leaves/written-text';
import { expectedMessage } from '../problem';

/** Reads a whole file; throws what node:fs throws. */
export type ReadFile = (path: string) => Buffer;

export const maxFileBytes = 1024 * 1024;

export type FileText =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'this is a folder, and a file is expected',
  EACCES: 'this user may not read the file',
  EPERM: 'this user may not read the file',
  ENOTDIR: 'there is no such file, because a part of its path is not a folder',
  ELOOP: 'there is no such file, because its symbolic links go round in a circle',
  ENAMETOOLONG: 'the name is too long for a file; is this the value itself?',
  ERR_INVALID_ARG_VALUE: 'this is not the name of a file',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  ENXIO: 'this is not a file that can be read',
  EIO: 'the disk cannot read the file',
  ESTALE: 'the network file system has lost the file',
  ERR_FS_FILE_TOO_LARGE: 'expected a file of at most 1 MiB',
};

/** Why a file cannot be read, in words. */
export function fileFault(error: unknown): string {
  const { code = 'an error' } = error as { readonly code?: string };
  return Object.hasOwn(reasons, code) ? (reasons[code] ?? code) : `the file cannot be read (${code})`;
}

/** The content of a file that holds text, without a byte order mark; bytes become base64 where they are asked for. */
export function readText(
  path: string,
  { isBinary, mayBeEmpty }: { readonly isBinary: boolean; readonly mayBeEmpty: boolean },
  readFile: ReadFile,
): FileText {
  let content: Buffer;
  try {
    content = readFile(path);
  } catch (error) {
    return { ok: false, message: `${fileFault(error)}${unexpandedHint(path)}` };
  }
  if (content.length > maxFileBytes) {
    const got = `${String(content.length)} bytes`;
    return { ok: false, message: expectedMessage('a file of at most 1 MiB', got) };
  }
  if (content.length === 0 && !mayBeEmpty) return { ok: false, message: 'the file is empty' };
  if (isBinary) return { ok: true, text: content.toString('base64') };
  const fault = encodingFault(content);
  if (fault !== null) return { ok: false, message: fault };
  const text = content.toString('utf8').replace(/^\uFEFF/, '');
  return text.trim() === '' && !mayBeEmpty
    ? { ok: false, message: 'the file is empty but for blanks' }
    : { ok: true, text };
}

function encodingFault(content: Buffer): string | null {
  if (isUtf16(content)) return 'the file is UTF-16 text, and UTF-8 is expected; save it again as UTF-8';
  const isBinary = content.includes(0);
  if (!isBinary && isUtf8(content)) return null;
  // DER, which certificates and PKCS#12 files are made of, begins with a long SEQUENCE.
  if (content[0] === 0x30)
    return 'the file is binary (DER, like a .p12, .cer or .der file), and text is expected; a .p12 belongs in pfx_file (APNS_PFX_FILE)';
  return isBinary
    ? 'the file is binary, and UTF-8 text is expected'
    : 'the file is not UTF-8 text (GBK or Latin-1?); save it again as UTF-8';
}

/** With a byte order mark, or as editors write ASCII without one: each second byte is 0. */
function isUtf16(content: Buffer): boolean {
  const begin = content.subarray(0, 64).toString('hex');
  return /^(fffe|feff)/.test(begin) || /^(00(?!00)[0-7].)+$/.test(begin) || /^((?!00)[0-7].00)+$/.test(begin);
}
