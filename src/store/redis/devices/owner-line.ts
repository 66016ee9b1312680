import type { TokenOwner } from '../../../domain/device';

/** Who registered a token, by which registration: one line of the token's owner index. */
export interface Registration extends TokenOwner {
  readonly registration: string;
}

/** `"uid" "device id" ` as JSON, which has no line breaks; the registration follows. */
export function ownerPart({ uid, deviceId }: TokenOwner): string {
  return `${JSON.stringify([uid, deviceId])} `;
}

export function ownerLine(owner: Registration): string {
  return ownerPart(owner) + owner.registration;
}

export function parseOwnerLine(line: string): Registration {
  const end = line.lastIndexOf(' ');
  const [uid, deviceId] = JSON.parse(line.slice(0, end)) as [string, string];
  return { uid, deviceId, registration: line.slice(end + 1) };
}
