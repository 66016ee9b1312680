import { z } from 'zod';
import { key } from '../key';
import { choice } from '../leaves/choices';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

export interface LogConfig {
  readonly level: LogLevel;
}

export const logSchema = z.strictObject({
  level: key(choice('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent').default('info'), {
    env: 'LOG_LEVEL',
  }),
});

export function toLogConfig(section: z.output<typeof logSchema>): LogConfig {
  return { level: section.level };
}
