import { useId } from 'preact/hooks';

interface LookUpProps {
  readonly label: string;
  readonly submit: string;
  readonly value: string;
  readonly find: (text: string) => void;
}

/** One text field and its button. */
export function LookUp({ label, submit, value, find }: LookUpProps) {
  const id = useId();
  return (
    <form
      class="look-up"
      onSubmit={(event) => {
        event.preventDefault();
        const text = new FormData(event.currentTarget).get('text');
        if (typeof text === 'string' && text.trim() !== '') find(text.trim());
      }}
    >
      <label for={id}>{label}</label>
      <input
        key={value}
        id={id}
        name="text"
        defaultValue={value}
        required
        autocomplete="off"
        spellcheck={false}
      />
      <button type="submit">{submit}</button>
    </form>
  );
}
