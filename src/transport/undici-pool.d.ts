/** Of all that undici has, its pool alone: the rest takes as long to load as the relay's own transport. */
declare module 'undici/lib/dispatcher/pool.js' {
  import { Pool } from 'undici';
  export = Pool;
}
