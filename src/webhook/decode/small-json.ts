/**
 * Up to here a body is parsed at once, whatever it is: as lists or objects it takes some 2 MB and 3 ms. It is the size of a
 * message for 1,800 recipients.
 */
export const smallBytes = 64 * 1024;

/** `undefined`: it is large, or no JSON. Then whoever reads in slices tells what it is. The bytes must be UTF-8. */
export function parseSmall(bytes: Buffer): unknown {
  if (bytes.length > smallBytes) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
