/** What pino's logger offers, as far as the relay uses it. Adapters and the house take one, nobody makes one. */
export interface Logger {
  /** Whether lines of level debug are written now. */
  readonly isDebugging: boolean;
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(bindings: object): Logger;
}

export const silentLogger: Logger = {
  isDebugging: false,
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};
