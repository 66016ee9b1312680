import { randomUUID } from 'node:crypto';
import type { Delivery } from '../../src/domain/notification';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox';
import type { SandboxIdentity } from '../../src/sandbox/certificates/identity';

interface Closable {
  close(deadlineMs: number): Promise<void>;
}

/** A sandbox for each test of a describe, of which `given` is told. What goes through the returned function is closed before it. */
export function withSandboxEach(
  identity: () => SandboxIdentity,
  given: (sandbox: Sandbox) => void,
): <T extends Closable>(made: T) => T {
  const open: Closable[] = [];
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await startSandbox({ identity: identity() });
    given(sandbox);
  });

  afterEach(async () => {
    for (const one of open.splice(0)) await one.close(0);
    await sandbox.close();
  });

  return (made) => {
    open.push(made);
    return made;
  };
}

export function deliveryTo(
  phone: Pick<Delivery, 'platform' | 'token'>,
  given: Partial<Delivery> = {},
): Delivery {
  return {
    id: randomUUID(),
    uid: 'u',
    deviceId: 'd',
    tokenKind: 'alert',
    lane: 'production',
    badge: null,
    ...phone,
    ...given,
  };
}
