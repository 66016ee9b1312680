import { useFormats, useTexts } from '../texts/language';
import { wordOf } from '../texts/word-of';
import { Whole } from './whole';

/** How many recipients have which result. */
export function Counts({ counts }: { counts: Readonly<Record<string, number>> }) {
  const { messages } = useTexts();
  const { number } = useFormats();
  return (
    <>
      {Object.entries(counts).map(([result, count], at) => (
        <span key={result}>
          {at > 0 && ', '}
          <Whole>{`${wordOf(messages.results, result)}: ${number(count)}`}</Whole>
        </span>
      ))}
    </>
  );
}
