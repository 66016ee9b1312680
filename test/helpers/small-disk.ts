import { spawnSync } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from './relay-process';

const tryMount = 'd=$(mktemp -d) && mount -t tmpfs -o size=1m tmpfs "$d" && umount "$d" && rmdir "$d"';
/** A disk of its own needs a mount, which only root may make. */
const mounts = spawnSync('sh', ['-c', tryMount]).status === 0;

/** `it` for what needs the disk of `useSmallDisk`; skipped where none can be mounted. */
export const itOnSmallDisk = mounts ? it : it.skip;

/** For each test of the block a folder with a disk of so many MB in it. Without a mount, the disk is a folder like others. */
export function useSmallDisk(megabytes: number): { readonly folder: string; readonly path: string } {
  const disk = { folder: '', path: '' };
  beforeEach(async () => {
    disk.folder = await temporaryDirectory();
    disk.path = join(disk.folder, 'disk');
    await mkdir(disk.path);
    if (!mounts) return;
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', disk.path]);
    expect(status).toBe(0);
  });
  afterEach(async () => {
    if (mounts) spawnSync('umount', ['-l', disk.path]);
    await rm(disk.folder, { recursive: true });
  });
  return disk;
}
