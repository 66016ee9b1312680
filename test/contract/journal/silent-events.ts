import type { JournalEvents } from '../../../src/store/journal/options';

export const silentJournalEvents: JournalEvents = {
  tookOver: () => {},
  handedBack: () => {},
  appended: () => {},
  drained: () => {},
  refused: () => {},
  setAside: () => {},
  failed: () => {},
  copied: () => {},
  copiesLeft: () => {},
  observe: () => {},
};
