import type { Presence } from '../domain/presence';
import type { JudgedPresence } from './judge-presence';

/**
 * What WuKongIM's own API has just answered. `connections`: by device flag. Flags that the events have named are listed as offline; when a
 * flag changed, only they know.
 */
export function answeredPresence(
  connections: ReadonlyMap<number, number>,
  presence: Presence | null,
): JudgedPresence {
  const reported = presence?.flags ?? [];
  const deviceFlags = [...new Set([...connections.keys(), ...reported.map(({ deviceFlag }) => deviceFlag)])];
  return {
    online: connections.size > 0,
    ageSeconds: 0,
    flags: deviceFlags
      .sort((one, other) => one - other)
      .map((deviceFlag) => {
        const count = connections.get(deviceFlag) ?? 0;
        const event = reported.find((flag) => flag.deviceFlag === deviceFlag);
        const isAsReported = event !== undefined && event.connections > 0 === count > 0;
        return {
          deviceFlag,
          connections: count,
          online: count > 0,
          changedAtMs: isAsReported ? event.changedAtMs : null,
        };
      }),
  };
}
