/** direct: at most 20 recipients; bulk: more. Read 4 : 1, so that a big group never delays a person. */
export type Lane = 'direct' | 'bulk';

/** A message to more recipients than `directLaneMax` waits behind those to few. */
export function laneFor(recipients: number, directLaneMax: number): Lane {
  return recipients <= directLaneMax ? 'direct' : 'bulk';
}
