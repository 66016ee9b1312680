import { useEffect, useRef, useState } from 'preact/hooks';
import { Configuration } from './pages/configuration';
import { DeadLetters } from './pages/dead-letters';
import { Login } from './pages/login';
import { Messages } from './pages/messages';
import { Overview } from './pages/overview';
import { Phones } from './pages/phones';
import { Users } from './pages/users';
import { call, onSignedOut } from './request';
import { hrefOf, pageNames, useRoute, type PageName, type Route } from './route';
import { useLanguage, useTheme } from './settings';
import { Switches } from './parts/switches';
import { LanguageContext, useTexts } from './texts/language';
import type { Texts } from './texts/en';

interface Session {
  readonly signed_in: boolean;
  readonly needs_key: boolean;
  readonly sandbox: boolean;
  readonly version: string;
}

const retryMs = 2000;

export function App() {
  const [language, setLanguage] = useLanguage();
  const [theme, setTheme] = useTheme();
  const [session, setSession] = useState<Session | null>(null);
  const [isLost, setLost] = useState(false);
  const load = (): void => {
    call<Session>('GET', '/dashboard/session').then(
      (next) => {
        setLost(false);
        setSession(next);
      },
      () => {
        setLost(true);
        setTimeout(load, retryMs);
      },
    );
  };
  useEffect(() => {
    onSignedOut(load);
    load();
  }, []);
  const switches = <Switches {...{ language, setLanguage, theme, setTheme }} />;
  return (
    <LanguageContext.Provider value={language}>
      {session === null ? (
        <Waiting isLost={isLost} />
      ) : session.signed_in ? (
        <Frame session={session} switches={switches} signedOut={load} />
      ) : (
        <Login signedIn={load} switches={switches} />
      )}
    </LanguageContext.Provider>
  );
}

function Waiting({ isLost }: { isLost: boolean }) {
  const texts = useTexts();
  return (
    <main class="waiting">
      <h1>{texts.title}</h1>
      <p role="status">{isLost ? texts.lost : texts.loading}</p>
    </main>
  );
}

interface FrameProps {
  readonly session: Session;
  readonly switches: preact.ComponentChildren;
  readonly signedOut: () => void;
}

function Frame({ session, switches, signedOut }: FrameProps) {
  const texts = useTexts();
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  const shown = pageNames.filter((page) => page !== 'phones' || session.sandbox);
  useEffect(() => {
    document.title = `${titleOf(texts, route.page)} – ${texts.title}`;
  }, [route.page, texts]);
  // The reader of a screen hears where a link has led.
  useEffect(() => {
    if (!isFirst.current) main.current?.focus();
    isFirst.current = false;
  }, [route.page, route.id, route.uid]);
  const signOut = (): void => void call('DELETE', '/dashboard/session').then(signedOut, signedOut);
  return (
    <div class="frame">
      <a class="skip" href="#content" onClick={(event) => (event.preventDefault(), main.current?.focus())}>
        {texts.skipToContent}
      </a>
      <header>
        <p class="name">
          <img src="/dashboard/icon.svg" alt="" width="28" height="28" />
          <span>
            {texts.title} <small>{session.version}</small>
          </span>
        </p>
        <nav aria-label={texts.navigation}>
          {shown.map((page) => (
            <a key={page} href={hrefOf(page)} aria-current={page === route.page ? 'page' : undefined}>
              {titleOf(texts, page)}
            </a>
          ))}
        </nav>
        <div class="switches">
          {switches}
          {session.needs_key && (
            <button type="button" class="quiet" onClick={signOut}>
              {texts.signOut}
            </button>
          )}
        </div>
      </header>
      <main id="content" ref={main} tabIndex={-1}>
        {session.sandbox && <p class="notice">{texts.sandbox}</p>}
        <h1>{titleOf(texts, route.page)}</h1>
        <Page route={route} />
      </main>
    </div>
  );
}

function Page({ route }: { route: Route }) {
  switch (route.page) {
    case 'overview':
      return <Overview />;
    case 'phones':
      return <Phones />;
    case 'messages':
      return <Messages id={route.id} uid={route.uid} />;
    case 'users':
      return <Users uid={route.id} />;
    case 'dead-letters':
      return <DeadLetters />;
    case 'configuration':
      return <Configuration />;
    default:
      return route.page satisfies never;
  }
}

function titleOf(texts: Texts, page: PageName): string {
  return page === 'dead-letters' ? texts.pages.deadLetters : texts.pages[page];
}
