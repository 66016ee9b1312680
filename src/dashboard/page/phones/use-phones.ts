import { useEffect, useState } from 'preact/hooks';
import { call, path } from '../request';
import { castUids } from './cast';
import { afterShown, phoneKey, type Phone, type Shown } from './shown';

interface Device {
  readonly device_id: string;
  readonly provider: string;
  readonly platform: string;
  readonly locale: string | null;
}

export interface Phones {
  readonly phones: readonly Phone[];
  /** Whether somebody of the cast has a phone; null: not known yet. */
  readonly hasCast: boolean | null;
  readonly clear: () => void;
  /** Asks for the devices of the cast again. */
  readonly reload: () => void;
}

/** The phones of the cast, and those of everybody else who is shown something. */
export function usePhones(): Phones {
  const [devices, setDevices] = useState<readonly Phone[] | null>(null);
  const [screens, setScreens] = useState<ReadonlyMap<string, Phone>>(new Map());
  const [version, setVersion] = useState(0);
  useEffect(() => {
    void Promise.all(castUids.map(loadPhones)).then((lists) => setDevices(lists.flat()));
  }, [version]);
  useEffect(() => {
    const source = new EventSource('/dashboard/phones');
    let last = 0;
    source.addEventListener('message', ({ data }: MessageEvent<string>) => {
      const shown = JSON.parse(data) as Shown;
      // A stream that begins again tells of the same once more; a relay that begins again counts from 1.
      if (shown.number <= last && shown.number !== 1) return;
      last = shown.number;
      setScreens((before) => withShown(before, shown));
    });
    return () => source.close();
  }, []);
  const known = devices ?? [];
  const others = [...screens.values()].filter((phone) => !known.some((each) => isSame(each, phone)));
  const onScreen = known.map((phone) => {
    const screen = screens.get(phoneKey(phone));
    return screen === undefined ? phone : { ...screen, locale: phone.locale };
  });
  return {
    phones: [...onScreen, ...others],
    hasCast: devices === null ? null : devices.length > 0,
    clear: () => setScreens(new Map()),
    reload: () => setVersion((before) => before + 1),
  };
}

async function loadPhones(uid: string): Promise<Phone[]> {
  const { items } = await call<{ items: readonly Device[] }>('GET', path`/v1/users/${uid}/devices`);
  return items.map(({ device_id: deviceId, provider, platform, locale }) => ({
    uid,
    deviceId,
    provider,
    platform,
    locale,
    badge: null,
    notifications: [],
  }));
}

function withShown(screens: ReadonlyMap<string, Phone>, shown: Shown): ReadonlyMap<string, Phone> {
  const fresh: Phone = {
    uid: shown.uid,
    deviceId: shown.device_id,
    provider: shown.provider,
    platform: shown.platform,
    locale: null,
    badge: null,
    notifications: [],
  };
  const key = phoneKey(fresh);
  return new Map(screens).set(key, afterShown(screens.get(key) ?? fresh, shown));
}

function isSame(one: Phone, other: Phone): boolean {
  return phoneKey(one) === phoneKey(other);
}
