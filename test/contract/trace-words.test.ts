import { en } from '../../src/dashboard/page/texts/en';
import { outcomeWords, reasonMeanings } from '../../src/cli/trace/trace-words';

it('explains a reason and an outcome in the words of the dashboard', () => {
  expect(en.messages.reasons).toEqual(reasonMeanings);
  expect(en.messages.outcomes).toEqual(outcomeWords);
});
