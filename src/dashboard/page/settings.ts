import { useEffect, useState } from 'preact/hooks';
import { languages, type Language } from './texts/language';

export type Theme = 'auto' | 'light' | 'dark';

/** The language of the page: as chosen, else the browser's. */
export function useLanguage(): [Language, (language: Language) => void] {
  const [language, setLanguage] = useState<Language>(() => {
    const chosen = read('language');
    if (chosen === 'en' || chosen === 'zh') return chosen;
    return navigator.language.startsWith('zh') ? 'zh' : 'en';
  });
  useEffect(() => {
    document.documentElement.lang = languages[language].tag;
  }, [language]);
  const choose = (next: Language) => {
    write('language', next);
    setLanguage(next);
  };
  return [language, choose];
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(() => {
    const chosen = read('theme');
    return chosen === 'light' || chosen === 'dark' ? chosen : 'auto';
  });
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme;
  }, [theme]);
  const choose = (next: Theme) => {
    write('theme', next);
    setTheme(next);
  };
  return [theme, choose];
}

/** A browser may refuse to keep anything. */
function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Then it lasts as long as the page.
  }
}
