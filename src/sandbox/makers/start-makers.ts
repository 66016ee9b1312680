/*
 * Open this file first: it starts the fakes of the makers of phones, each of which is in a folder of its own. All extend
 * `fake-maker.ts`; `client-credentials.ts` is the token endpoint that some have, and `field-checks.ts` checks what a maker takes.
 */

import { makerAccounts } from '../certificates/identity';
import { FakeHarmony } from '../harmony/fake-harmony';
import { FakeHonor } from '../honor/fake-honor';
import { FakeHuawei } from '../huawei/fake-huawei';
import { FakeMeizu } from '../meizu/fake-meizu';
import { FakeOppo } from '../oppo/fake-oppo';
import { FakeVivo } from '../vivo/fake-vivo';
import { FakeXiaomi } from '../xiaomi/fake-xiaomi';
import type { FakeMaker, FakeMakerOptions } from './fake-maker';

const fakes = {
  huawei: FakeHuawei,
  harmony: FakeHarmony,
  honor: FakeHonor,
  xiaomi: FakeXiaomi,
  oppo: FakeOppo,
  vivo: FakeVivo,
  meizu: FakeMeizu,
};

/** A type, whose values can be walked. */
export type Makers = { readonly [Name in keyof typeof fakes]: InstanceType<(typeof fakes)[Name]> };

export const makerNames = Object.keys(fakes) as readonly (keyof Makers)[];

export type MakerPorts = Partial<Readonly<Record<keyof Makers, number>>>;

export interface MakersOptions {
  readonly shared: Omit<FakeMakerOptions, 'port' | 'account'>;
  /** Absent: any that is free. */
  readonly ports: MakerPorts;
  /** Of HarmonyOS's service account. */
  readonly publicKeyPem: string;
  /** Told of each, so that none stays open where a later one cannot start. */
  readonly started: (fake: { close(): Promise<void> }) => void;
}

export async function startMakers({ shared, ports, publicKeyPem, started }: MakersOptions): Promise<Makers> {
  const { appId: clientId, appSecret: clientSecret } = makerAccounts.huawei;
  const accounts = {
    ...makerAccounts,
    huawei: { clientId, clientSecret },
    harmony: { ...makerAccounts.harmony, publicKeyPem },
  };
  const options = <Name extends keyof Makers>(name: Name) => ({
    ...shared,
    port: ports[name] ?? 0,
    account: accounts[name],
  });
  const opened = async <Fake extends FakeMaker>(fake: Fake): Promise<Fake> => {
    await fake.open();
    started(fake);
    return fake;
  };
  return {
    huawei: await opened(new FakeHuawei(options('huawei'))),
    harmony: await opened(new FakeHarmony(options('harmony'))),
    honor: await opened(new FakeHonor(options('honor'))),
    xiaomi: await opened(new FakeXiaomi(options('xiaomi'))),
    oppo: await opened(new FakeOppo(options('oppo'))),
    vivo: await opened(new FakeVivo(options('vivo'))),
    meizu: await opened(new FakeMeizu(options('meizu'))),
  };
}
