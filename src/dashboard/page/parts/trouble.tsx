import type { RequestError } from '../request';
import { useTexts } from '../texts/language';

/** What went wrong with a request; null: there was no answer. */
export function Trouble({ error }: { error: RequestError | null }) {
  const texts = useTexts();
  return (
    <p class="trouble" role="alert">
      {error === null ? texts.lost : error.message}
    </p>
  );
}
