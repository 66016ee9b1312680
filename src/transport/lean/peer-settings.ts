import {
  defaultWindowBytes,
  enablePushSetting,
  flowControlErrorCode,
  headerTableSizeSetting,
  initialWindowSizeSetting,
  maxConcurrentStreamsSetting,
  maxFrameBytes,
  maxFrameSizeSetting,
  maxHeaderListSizeSetting,
  maxWindowBytes,
  protocolErrorCode,
  readUint32,
} from './frames';

/** The protocol was broken: what is said to the peer, and to people. */
export interface PeerFault {
  readonly code: number;
  readonly detail: string;
}

/** What the peer has said of itself, all SETTINGS frames taken together: https://www.rfc-editor.org/rfc/rfc9113#section-6.5.2 */
export class PeerSettings {
  maxStreams = Infinity;
  initialWindow = defaultWindowBytes;
  maxHeaderListBytes = Infinity;
  headerTableBytes = 4096;

  /** Takes a frame's payload over. Unknown settings mean nothing; MAX_FRAME_SIZE does not either, frames here are small. */
  apply(bytes: Buffer, start: number, end: number): PeerFault | null {
    for (let at = start; at < end; at += 6) {
      const id = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
      const fault = this.#set(id, readUint32(bytes, at + 2));
      if (fault !== null) return fault;
    }
    return null;
  }

  #set(id: number, value: number): PeerFault | null {
    switch (id) {
      case headerTableSizeSetting:
        this.headerTableBytes = value;
        return null;
      case enablePushSetting:
        return value === 0 ? null : { code: protocolErrorCode, detail: 'ENABLE_PUSH from a server' };
      case maxConcurrentStreamsSetting:
        this.maxStreams = value;
        return null;
      case initialWindowSizeSetting:
        if (value > maxWindowBytes)
          return { code: flowControlErrorCode, detail: 'INITIAL_WINDOW_SIZE is too large' };
        this.initialWindow = value;
        return null;
      case maxFrameSizeSetting:
        return value >= maxFrameBytes && value < 2 ** 24
          ? null
          : { code: protocolErrorCode, detail: 'MAX_FRAME_SIZE is out of range' };
      case maxHeaderListSizeSetting:
        this.maxHeaderListBytes = value;
        return null;
      default:
        return null;
    }
  }
}
