import { useFormats, useTexts } from '../texts/language';

/** What a trace says in the relay's own words, which are English, or in a provider's code. */
export function Detail({ text }: { text: string }) {
  const { messages } = useTexts();
  const { time } = useFormats();
  const translated = messages.detailOf(text, time);
  return translated === null ? <span lang="en">{text}</span> : <span>{translated}</span>;
}
