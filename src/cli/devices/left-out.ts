import { shortText } from '../../domain/short-text';
import { toTable } from '../table';

/** Something that was not imported. */
export interface LeftOut {
  readonly uid: string;
  readonly type: string | null;
  readonly bundleId: string | null;
  readonly reason: string;
}

/** Types and bundles are what clients wrote: there may be any number. */
const mostRows = 100;
const rest = 'for other reasons';

/** What was left out, counted by device type, bundle and reason, with a user for each to look at. */
export class LeftOutTable {
  readonly #rows = new Map<string, { readonly example: LeftOut; count: number }>();

  add(given: LeftOut): void {
    const { type, bundleId, reason } = given;
    const key = JSON.stringify([type, bundleId, reason]);
    const isRest = !this.#rows.has(key) && this.#rows.size >= mostRows;
    const row = this.#rows.get(isRest ? rest : key);
    if (row === undefined) {
      const example = isRest ? { ...given, type: null, bundleId: null, reason: rest } : given;
      this.#rows.set(isRest ? rest : key, { example, count: 1 });
    } else row.count += 1;
  }

  get rows(): readonly Readonly<Record<string, unknown>>[] {
    return [...this.#rows.values()]
      .sort((a, b) => b.count - a.count)
      .map(({ count, example: { type, bundleId, reason, uid } }) => ({
        left_out: count,
        device_type: shortText(type ?? '', 20),
        bundle_id: shortText(bundleId ?? '', 60),
        reason,
        for_example: shortText(uid, 60),
      }));
  }

  /** Empty where nothing was left out. */
  toString(): string {
    if (this.#rows.size === 0) return '';
    return toTable(this.rows, ['left_out', 'device_type', 'bundle_id', 'reason', 'for_example']);
  }
}
