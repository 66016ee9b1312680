import type { PersonRecord } from '../../domain/person-record';

/** Everything that profiles, given names, preferences and badges hold, for an export. Of a badge the numbers, not the messages. */
export interface PersonRecords {
  /** In pages of no certain size or order. What is there from the first page to the last comes at least once. */
  scan(): AsyncGenerator<readonly PersonRecord[], void, undefined>;
}
