import { Command, type Redis } from 'ioredis';
import { StoreConfigurationError } from '../../ports/errors';
import { isCommandMissing, isPermissionMissing } from './failures';
import type { ServerAddress } from './server-address';

/** What a connection must be before anything is sent over it. */
export interface Access {
  readonly db: number;
  readonly username: string | null;
  readonly password: string | null;
  /** The server has to be a master by its own account: one that sentinels name may have been replaced. */
  readonly cluster: boolean;
}

export function accessOf(address: ServerAddress | null, cluster: boolean): Access {
  const { db = 0, username = null, password = null } = address ?? {};
  return { db, username, password, cluster };
}

export function configurationError(text: string, cause?: unknown): StoreConfigurationError {
  return new StoreConfigurationError(`redis.url (REDIS_URL): ${text}`, { cause });
}

type Ask = (name: string, args: readonly string[]) => Promise<unknown>;

/** `enter` for a client that nothing bounds but its socket's silence. */
export function enterAlone(client: Redis, access: Access): Promise<void> {
  return enter(
    (name, args) =>
      client.sendCommand(new Command(name, [...args], { replyEncoding: 'utf8' })) as Promise<unknown>,
    access,
  );
}

/**
 * Signs in, chooses the database and looks at the server's state once more: where the server refuses one of
 * these, ioredis goes on all the same, as another user, in database 0, or at a replica. Rejects where it is not as asked for.
 */
export async function enter(ask: Ask, access: Access): Promise<void> {
  await signIn(ask, access);
  if (!access.cluster) await chooseDatabase(ask, access.db);
  // A name for CLIENT LIST; who may not set one works without.
  await ask('CLIENT', ['SETNAME', 'wukongim-push-relay']).catch(unlessCutOff);
  const info = String(await ask('INFO', []).catch(unlessCutOff));
  if (/^loading:1/m.test(info)) throw new Error('LOADING');
  if (!access.cluster && /^role:slave/m.test(info)) throw new Error('READONLY it is a replica');
}

async function signIn(ask: Ask, { username, password }: Access): Promise<void> {
  if (password === null) return;
  try {
    await ask('AUTH', username === null ? [password] : [username, password]);
  } catch (error) {
    if (/without any password|no password is set/i.test(messageOf(error)))
      throw configurationError(
        'it has a password, but this Redis has none for the default user. Remove the password, or set requirepass in Redis.',
        error,
      );
    throw error;
  }
}

async function chooseDatabase(ask: Ask, db: number): Promise<void> {
  if (db === 0) return;
  try {
    await ask('SELECT', [String(db)]);
  } catch (error) {
    const message = messageOf(error);
    if (/DB index is out of range|invalid DB index/i.test(message))
      throw configurationError(await outOfRange(ask, db), error);
    if (isPermissionMissing(error))
      throw configurationError(
        `this user may not select database ${db} (NOPERM). Allow +select to it, or use database 0.`,
        error,
      );
    if (/cluster mode/i.test(message))
      throw configurationError(`a cluster has database 0 only, not database ${db}. Remove /${db}.`, error);
    throw error;
  }
}

async function outOfRange(ask: Ask, db: number): Promise<string> {
  const reply = await ask('CONFIG', ['GET', 'databases']).catch(() => null);
  const count = Array.isArray(reply) ? Number(reply[1]) : Number.NaN;
  return Number.isInteger(count) && count > 0
    ? `database ${db} does not exist (this server has ${count}). Use ${count === 1 ? '0' : `0 to ${count - 1}`}.`
    : `database ${db} does not exist. Use a smaller number, or raise databases in Redis.`;
}

/** A command that is not permitted, or not known to a managed server, is done without. */
function unlessCutOff(error: unknown): string {
  if (isCommandMissing(error) || /syntax error/i.test(messageOf(error))) return '';
  throw error;
}

function messageOf(error: unknown): string {
  const behind = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return behind instanceof Error ? behind.message : String(behind);
}
