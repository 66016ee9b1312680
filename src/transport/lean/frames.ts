/** Frame types, flags, settings and error codes: https://www.rfc-editor.org/rfc/rfc9113#section-11 */
export const dataFrame = 0x0;
export const headersFrame = 0x1;
export const priorityFrame = 0x2;
export const rstStreamFrame = 0x3;
export const settingsFrame = 0x4;
export const pushPromiseFrame = 0x5;
export const pingFrame = 0x6;
export const goawayFrame = 0x7;
export const windowUpdateFrame = 0x8;
export const continuationFrame = 0x9;

export const ackFlag = 0x1;
export const endStreamFlag = 0x1;
export const endHeadersFlag = 0x4;
export const paddedFlag = 0x8;
export const priorityFlag = 0x20;

export const headerTableSizeSetting = 0x1;
export const enablePushSetting = 0x2;
export const maxConcurrentStreamsSetting = 0x3;
export const initialWindowSizeSetting = 0x4;
export const maxFrameSizeSetting = 0x5;
export const maxHeaderListSizeSetting = 0x6;

export const noErrorCode = 0x0;
export const protocolErrorCode = 0x1;
export const flowControlErrorCode = 0x3;
export const frameSizeErrorCode = 0x6;
export const cancelCode = 0x8;
export const compressionErrorCode = 0x9;
export const enhanceYourCalmCode = 0xb;

export const frameHeadBytes = 9;
/** Both what this side takes and the most that it sends, whatever the peer allows: answers and requests are small. */
export const maxFrameBytes = 16_384;
export const defaultWindowBytes = 65_535;
export const maxWindowBytes = 2 ** 31 - 1;
/** The window of each answer: larger than the usual one, so that only long answers need updates. */
export const answerWindowBytes = 131_072;
/** The window of all answers of a connection. */
export const connectionWindowBytes = 16 * 1024 * 1024;
/** A header block, compressed, over all its frames; and its fields, decompressed, as RFC 9113 counts them. */
export const maxBlockBytes = 65_536;

export function readUint32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

/** Window increments, stream ids and last stream ids: the reserved highest bit is ignored. */
export function readUint31(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at) & 0x7fffffff;
}
