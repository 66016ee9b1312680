import { useState } from 'preact/hooks';
import { Trouble } from '../parts/trouble';
import { RequestError } from '../request';
import { hrefOf } from '../route';
import { useTexts } from '../texts/language';
import { sendFromAlice, type MessageKind, type RecipientName } from './cast';

type Sending =
  | { readonly kind: 'sent'; readonly id: string }
  | { readonly kind: 'failed'; readonly error: RequestError | null };

export function MessageForm() {
  const { phones } = useTexts();
  const [sending, setSending] = useState<Sending | null>(null);
  const send = async (form: FormData): Promise<void> => {
    const to = form.get('to') as RecipientName;
    const kind = form.get('kind') as MessageKind;
    try {
      setSending({ kind: 'sent', id: await sendFromAlice(to, kind, form.get('text') as string) });
    } catch (error) {
      setSending({ kind: 'failed', error: error instanceof RequestError ? error : null });
    }
  };
  return (
    <form
      class="card message-form"
      aria-labelledby="from-alice"
      onSubmit={(event) => {
        event.preventDefault();
        void send(new FormData(event.currentTarget));
      }}
    >
      <h2 id="from-alice">{phones.send}</h2>
      <label>
        {phones.to}
        <select name="to">{optionsOf(phones.recipients)}</select>
      </label>
      <label>
        {phones.kind}
        <select name="kind">{optionsOf(phones.kinds)}</select>
      </label>
      <label class="wide">
        {phones.text}
        <input name="text" required defaultValue={phones.example} maxLength={2000} autocomplete="off" />
      </label>
      <button type="submit">{phones.submit}</button>
      {sending?.kind === 'failed' && <Trouble error={sending.error} />}
      <p role="status">
        {sending?.kind === 'sent' && (
          <>
            {phones.sent} <a href={hrefOf('messages', sending.id)}>{phones.trace}</a>
          </>
        )}
      </p>
    </form>
  );
}

function optionsOf(names: Readonly<Record<string, string>>) {
  return Object.entries(names).map(([value, name]) => (
    <option key={value} value={value}>
      {name}
    </option>
  ));
}
