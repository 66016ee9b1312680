import {
  DEFAULT_WINDOW_BYTES,
  ENABLE_PUSH,
  FLOW_CONTROL_ERROR,
  HEADER_TABLE_SIZE,
  INITIAL_WINDOW_SIZE,
  MAX_CONCURRENT_STREAMS,
  MAX_FRAME_BYTES,
  MAX_FRAME_SIZE,
  MAX_HEADER_LIST_SIZE,
  MAX_WINDOW_BYTES,
  PROTOCOL_ERROR,
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
  initialWindow = DEFAULT_WINDOW_BYTES;
  maxHeaderListBytes = Infinity;
  headerTableBytes = 4096;

  /** Takes a frame's payload over. Unknown settings mean nothing; MAX_FRAME_SIZE does not either, frames here are small. */
  apply(bytes: Buffer, start: number, end: number): PeerFault | null {
    for (let at = start; at < end; at += 6) {
      const id = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
      const fault = this.set(id, readUint32(bytes, at + 2));
      if (fault !== null) return fault;
    }
    return null;
  }

  private set(id: number, value: number): PeerFault | null {
    switch (id) {
      case HEADER_TABLE_SIZE:
        this.headerTableBytes = value;
        return null;
      case ENABLE_PUSH:
        return value === 0 ? null : { code: PROTOCOL_ERROR, detail: 'ENABLE_PUSH from a server' };
      case MAX_CONCURRENT_STREAMS:
        this.maxStreams = value;
        return null;
      case INITIAL_WINDOW_SIZE:
        if (value > MAX_WINDOW_BYTES)
          return { code: FLOW_CONTROL_ERROR, detail: 'INITIAL_WINDOW_SIZE is too large' };
        this.initialWindow = value;
        return null;
      case MAX_FRAME_SIZE:
        return value >= MAX_FRAME_BYTES && value < 2 ** 24
          ? null
          : { code: PROTOCOL_ERROR, detail: 'MAX_FRAME_SIZE is out of range' };
      case MAX_HEADER_LIST_SIZE:
        this.maxHeaderListBytes = value;
        return null;
      default:
        return null;
    }
  }
}
