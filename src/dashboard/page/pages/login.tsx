import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { call, RequestError } from '../request';
import { useTexts } from '../texts/language';

interface LoginProps {
  readonly signedIn: () => void;
  readonly switches: ComponentChildren;
}

export function Login({ signedIn, switches }: LoginProps) {
  const texts = useTexts();
  const [trouble, setTrouble] = useState<string | null>(null);
  const submit = async (key: string): Promise<void> => {
    try {
      await call('POST', '/dashboard/session', { key });
      signedIn();
    } catch (error) {
      const status = error instanceof RequestError ? error.status : 0;
      const known = status === 401 ? texts.login.wrong : status === 429 ? texts.login.tooMany : null;
      setTrouble(known ?? (error instanceof RequestError ? error.message : texts.lost));
    }
  };
  return (
    <main class="login">
      <div class="switches">{switches}</div>
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          const key = new FormData(event.currentTarget).get('key');
          if (typeof key === 'string') void submit(key);
        }}
      >
        <img src="/dashboard/icon.svg" alt="" width="48" height="48" />
        <h1>{texts.login.title}</h1>
        <p id="explain">{texts.login.explain}</p>
        <label for="key">{texts.login.key}</label>
        <input
          id="key"
          name="key"
          type="password"
          required
          autocomplete="current-password"
          aria-describedby="explain"
          aria-invalid={trouble !== null}
        />
        {trouble !== null && (
          <p class="trouble" role="alert">
            {trouble}
          </p>
        )}
        <button type="submit">{texts.login.submit}</button>
      </form>
    </main>
  );
}
