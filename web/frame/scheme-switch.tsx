import { useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import type { ReactNode } from "react";
import { useLanguage } from "../language/language.tsx";
import classes from "./switch.module.css";

/** Also read by public/appearance.js before the first paint. */
export const SCHEME_MEMORY_KEY = "whetstone-color-scheme";

const NEXT = { auto: "light", light: "dark", dark: "auto" } as const;

/** One button that goes round: as the system, light, dark. */
export function SchemeSwitch(): ReactNode {
  // Otherwise Mantine halts transitions by a <style> element, which the server's
  // Content-Security-Policy blocks; colours have no transitions here.
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const { schemes, schemeLabel } = useLanguage().messages.frame;
  const label = schemeLabel(schemes[colorScheme]);
  return (
    <button
      type="button"
      className={classes.switch}
      data-icon
      aria-label={label}
      title={label}
      onClick={() => setColorScheme(NEXT[colorScheme])}
    >
      <SchemeIcon scheme={colorScheme} />
    </button>
  );
}

function SchemeIcon({ scheme }: { readonly scheme: MantineColorScheme }): ReactNode {
  return (
    <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" fill="none">
      {scheme === "dark" ? (
        <path d="M15.5 12.5A6.5 6.5 0 0 1 7.5 4.5a6.5 6.5 0 1 0 8 8z" stroke="currentColor" />
      ) : (
        <circle cx="10" cy="10" r={scheme === "auto" ? 6.5 : 3.5} stroke="currentColor" />
      )}
      {scheme === "auto" ? <path d="M10 3.5a6.5 6.5 0 0 1 0 13z" fill="currentColor" /> : null}
      {scheme === "light" ? (
        <path d={SUN_RAYS} stroke="currentColor" strokeLinecap="round" />
      ) : null}
    </svg>
  );
}

const SUN_RAYS =
  "M10 2v2M10 16v2M2 10h2M16 10h2M4.3 4.3l1.4 1.4M14.3 14.3l1.4 1.4" +
  "M4.3 15.7l1.4-1.4M14.3 5.7l1.4-1.4";
