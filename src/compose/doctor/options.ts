import type { Config } from '../../config/config';
import type { Clock, Random } from '../../domain/clock';

export interface DoctorOptions {
  readonly config: Config;
  /** The address that WuKongIM calls; null: not given. */
  readonly webhookUrl: string | null;
  /** WuKongIM's configuration file; null: not given. */
  readonly wukongimFile: { readonly name: string; readonly text: string } | null;
  readonly clock: Clock;
  readonly random: Random;
}
