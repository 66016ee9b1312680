import type { PendingDelivery } from '../../../domain/pending-delivery';

/**
 * What `put` of the pending scripts takes: the delay from `nowMs`, because due times are by Redis' clock. A line break would end
 * a part of the record early.
 */
export function pendingArguments(pending: PendingDelivery, nowMs: number): string[] {
  return [
    pending.id,
    pending.parked ? 'p' : 'w',
    String(Math.round(pending.dueAtMs - nowMs)),
    onOneLine(pending.bodyId),
    onOneLine(pending.route),
    JSON.stringify(pending),
  ];
}

/** `aheadMs`: how far Redis' clock is ahead of the process's. */
export function decodePending(record: Buffer, aheadMs = 0): PendingDelivery {
  const first = record.indexOf(lineBreak);
  const last = record.indexOf(lineBreak, record.indexOf(lineBreak, first + 1) + 1);
  const stored = JSON.parse(record.toString('utf8', last + 1)) as PendingDelivery;
  return {
    ...stored,
    parked: record[0] === parkedFlag,
    dueAtMs: Number(record.toString('latin1', 1, first)) - aheadMs,
  };
}

export function bodyIdOf(record: Buffer): string {
  const first = record.indexOf(lineBreak);
  return record.toString('utf8', first + 1, record.indexOf(lineBreak, first + 1));
}

export function onOneLine(text: string): string {
  return text.includes('\n') ? text.replaceAll('%', '%25').replaceAll('\n', '%0A') : text;
}

const lineBreak = 0x0a;
const parkedFlag = 0x70;
