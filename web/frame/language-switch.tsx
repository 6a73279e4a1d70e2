import type { ReactNode } from "react";
import { useLanguage } from "../language/language.tsx";
import classes from "./switch.module.css";

export function LanguageSwitch(): ReactNode {
  const { language, messages, choose } = useLanguage();
  const other = language === "zh" ? "en" : "zh";
  return (
    <button
      type="button"
      className={classes.switch}
      lang={other === "zh" ? "zh-CN" : "en"}
      onClick={() => choose(other)}
    >
      {messages.frame.otherLanguage}
    </button>
  );
}
