/**
 * All words that people read, one catalogue a language: pages ask for their part of it and hold no words of their own.
 * Another language is another folder of the same shape, and one line here; the compiler says what it lacks.
 */
import { createContext, useContext } from 'react';
import type { texts as english } from './en/all.ts';

export type Texts = typeof english;
export type Language = keyof typeof catalogues;

const catalogues = {
  en: async (): Promise<Texts> => (await import('./en/all.ts')).texts,
  de: async (): Promise<Texts> => (await import('./de/all.ts')).texts,
} as const;

/** By their own names, for the choice of one. */
export const languageNames: Readonly<Record<Language, string>> = { en: 'English', de: 'Deutsch' };

const stored = 'holdfast.language';

/** What was chosen before; else the first of the browser's that is here; else English. */
export function preferredLanguage(): Language {
  const asked = [localStorage.getItem(stored), ...navigator.languages.map((each) => each.slice(0, 2))];
  return asked.find((each): each is Language => each !== null && each in catalogues) ?? 'en';
}

export function rememberLanguage(language: Language): void {
  localStorage.setItem(stored, language);
}

export const loadTexts = (language: Language): Promise<Texts> => catalogues[language]();

export const TextContext = createContext<{ readonly language: Language; readonly texts: Texts } | undefined>(
  undefined,
);

/** The part of the catalogue that a page or a piece speaks. */
export function useText<K extends keyof Texts>(part: K): Texts[K] {
  const found = useContext(TextContext);
  if (!found) throw new Error('useText outside of TextContext');
  return found.texts[part];
}

/** How numbers and dates are written: as the browser's person does, where that is a variety of the language (`en-GB`). */
export function localeOf(language: Language): string {
  return navigator.languages.find((each) => each === language || each.startsWith(`${language}-`)) ?? language;
}

export function useLanguage(): Language {
  return useContext(TextContext)?.language ?? 'en';
}
