// Which language the console speaks: remembered, else what the browser asks for.

import { createContext, use, useEffect, useMemo, useState, type ReactNode } from "react";
import { remember, remembered } from "../frame/memory.ts";
import { en } from "./messages-en.ts";
import { zh } from "./messages-zh.ts";
import type { Messages } from "./messages.ts";
import { initialLanguage, type Language } from "./preferred.ts";

const MESSAGES: Readonly<Record<Language, Messages>> = { zh, en };
const HTML_LANG: Readonly<Record<Language, string>> = { zh: "zh-CN", en: "en" };
const MEMORY_KEY = "whetstone-language";

interface LanguageChoice {
  readonly language: Language;
  /** Of dates and numbers. */
  readonly locale: string;
  readonly messages: Messages;
  readonly choose: (language: Language) => void;
}

const LanguageContext = createContext<LanguageChoice>({
  language: "en",
  locale: HTML_LANG.en,
  messages: en,
  choose: () => {},
});

export function LanguageProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const [language, setLanguage] = useState(() =>
    initialLanguage(remembered(MEMORY_KEY), navigator.language),
  );
  useEffect(() => {
    document.documentElement.lang = HTML_LANG[language];
  }, [language]);
  const choice = useMemo<LanguageChoice>(() => {
    const choose = (next: Language): void => {
      remember(MEMORY_KEY, next);
      setLanguage(next);
    };
    return { language, locale: HTML_LANG[language], messages: MESSAGES[language], choose };
  }, [language]);
  return <LanguageContext value={choice}>{children}</LanguageContext>;
}

export function useLanguage(): LanguageChoice {
  return use(LanguageContext);
}
