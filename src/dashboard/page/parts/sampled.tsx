import { useFormats, useTexts } from '../texts/language';

/** Above a list of traces, where not all messages leave one. */
export function Sampled({ sample }: { sample: number }) {
  const { messages } = useTexts();
  const { number } = useFormats();
  // A replica of an earlier version does not say it.
  if (!(sample < 1)) return null;
  return (
    <p class="hint">{sample === 0 ? messages.noTraces : messages.sampled(`${number(sample * 100)} %`)}</p>
  );
}
