/** A formatter takes some 50 KB, and a device names its zone itself. There are about 400 zones; other spellings name the same. */
const zonesKept = 600;
const minutesADay = 1_440;
const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

interface Zone {
  readonly format: Intl.DateTimeFormat;
  /** Since the epoch; devices of one zone mostly ask about the same one. */
  minute: number;
  minuteOfWeek: number;
}

/** What clocks on the wall say in the time zones of the world, daylight saving included. */
export class ZoneClock {
  readonly #zones = new Map<string, Zone | null>();

  /** Minutes since Monday, 00:00, by the clocks of the zone; null: this machine does not know the zone. */
  minuteOfWeek(name: string, atMs: number): number | null {
    const zone = this.#zone(name);
    if (zone === null) return null;
    const minute = Math.floor(atMs / 60_000);
    if (zone.minute !== minute) {
      zone.minuteOfWeek = minuteOfWeek(zone.format.format(atMs));
      zone.minute = minute;
    }
    return zone.minuteOfWeek;
  }

  #zone(name: string): Zone | null {
    const known = this.#zones.get(name);
    if (known !== undefined) return known;
    if (this.#zones.size >= zonesKept) this.#zones.delete(this.#zones.keys().next().value ?? '');
    const zone = openZone(name);
    this.#zones.set(name, zone);
    return zone;
  }
}

function openZone(timeZone: string): Zone | null {
  try {
    const parts = { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
    return { format: new Intl.DateTimeFormat('en-US', { timeZone, ...parts }), minute: -1, minuteOfWeek: -1 };
  } catch {
    return null;
  }
}

/** Of a text like `Mon 22:00`. */
function minuteOfWeek(text: string): number {
  const day = weekdays.indexOf(text.slice(0, 3));
  return day * minutesADay + Number(text.slice(-5, -3)) * 60 + Number(text.slice(-2));
}
