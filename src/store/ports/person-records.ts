import type { PersonRecord } from '../../domain/person-record';

/** Everything that profiles, given names and preferences hold, for an export. */
export interface PersonRecords {
  /** In pages of no certain size or order. What is there from the first page to the last comes at least once. */
  scan(): AsyncGenerator<readonly PersonRecord[], void, undefined>;
}
