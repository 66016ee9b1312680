import { shortText } from '../../domain/short-text';

/** The store cannot answer now: away, slow, read-only, or its disk is full. Nothing was lost by saying so. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}

/** The store cannot be opened as configured: unreadable directory, held by another process, wrong version. Exit code 2. */
export class StoreConfigurationError extends Error {
  override readonly name = 'StoreConfigurationError';
}

/** Why a store failed, for logs and public answers: only what the stores themselves wrote. */
export function failureText(error: unknown): string {
  return error instanceof StoreUnavailableError ? shortText(error.message) : 'it rejects what it is given';
}

/** Another process has the data directory open. */
export class DataDirectoryInUseError extends StoreConfigurationError {}
