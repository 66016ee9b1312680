import { join } from 'node:path';

const cache = join(__dirname, '../../node_modules/.cache');

/** For programs in Go: what the standard library was compiled to for one of them serves the others, too. */
export const goEnvironment = {
  GOCACHE: join(cache, 'go-build'),
  GOPATH: join(cache, 'go'),
  GOTOOLCHAIN: 'local',
  CGO_ENABLED: '0',
};
