import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { en, type Texts } from './en';
import { zh } from './zh';

export type Language = 'en' | 'zh';

export const languages: Readonly<Record<Language, { readonly name: string; readonly tag: string }>> = {
  en: { name: 'English', tag: 'en' },
  zh: { name: '中文', tag: 'zh-CN' },
};

const texts: Readonly<Record<Language, Texts>> = { en, zh };

export const LanguageContext = createContext<Language>('en');

export function useTexts(): Texts {
  return texts[useContext(LanguageContext)];
}

/** Numbers and times as people of the language write them. */
export function useFormats() {
  const { tag } = languages[useContext(LanguageContext)];
  const number = new Intl.NumberFormat(tag, { maximumFractionDigits: 1 });
  const time = new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'medium' });
  return {
    number: (value: number) => number.format(value),
    time: (text: string | null | undefined) =>
      text === null || text === undefined ? '–' : time.format(new Date(text)),
    seconds: (value: number) => secondsText(value, number),
  };
}

function secondsText(value: number, number: Intl.NumberFormat): string {
  if (value < 1) return `${number.format(value * 1000)} ms`;
  if (value < 120) return `${number.format(value)} s`;
  if (value < 7200) return `${number.format(Math.round(value / 60))} min`;
  return `${number.format(Math.round(value / 3600))} h`;
}
