import type { Theme } from '../settings';
import { languages, useTexts, type Language } from '../texts/language';

interface SwitchesProps {
  readonly language: Language;
  readonly setLanguage: (language: Language) => void;
  readonly theme: Theme;
  readonly setTheme: (theme: Theme) => void;
}

export function Switches({ language, setLanguage, theme, setTheme }: SwitchesProps) {
  const texts = useTexts();
  return (
    <>
      <select
        aria-label={texts.language}
        value={language}
        onChange={({ currentTarget }) => setLanguage(currentTarget.value as Language)}
      >
        {Object.entries(languages).map(([name, facts]) => (
          <option key={name} value={name} lang={facts.tag}>
            {facts.name}
          </option>
        ))}
      </select>
      <select
        aria-label={texts.theme}
        value={theme}
        onChange={({ currentTarget }) => setTheme(currentTarget.value as Theme)}
      >
        {(['auto', 'light', 'dark'] as const).map((name) => (
          <option key={name} value={name}>
            {texts.themes[name]}
          </option>
        ))}
      </select>
    </>
  );
}
