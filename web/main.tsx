// Entry of the console: providers around the frame. Nothing is written into <style> elements, because
// the Content-Security-Policy allows only style files; Mantine's variables come from its CSS.

import {
  Button,
  createTheme,
  localStorageColorSchemeManager,
  MantineProvider,
} from "@mantine/core";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Console } from "./frame/console.tsx";
import { LanguageProvider } from "./language/language.tsx";
import { SCHEME_MEMORY_KEY } from "./frame/scheme-switch.tsx";
import "@mantine/core/styles/baseline.css";
import "@mantine/core/styles/default-css-variables.css";
import "@mantine/core/styles/global.css";
import "@mantine/core/styles/UnstyledButton.css";
import "@mantine/core/styles/Button.css";
import "@mantine/core/styles/FloatingIndicator.css";
import "@mantine/core/styles/SegmentedControl.css";
import "./style/tokens.css";
import "./style/base.css";

const theme = createTheme({
  respectReducedMotion: true,
  components: {
    Button: Button.extend({
      // Mantine's own is white in both schemes, and the accent of the dark one is bright.
      vars: (_theme, { variant = "filled" }) => ({
        root: variant === "filled" ? { "--button-color": "var(--on-accent)" } : {},
      }),
    }),
  },
});
const schemeManager = localStorageColorSchemeManager({ key: SCHEME_MEMORY_KEY });

const root = document.querySelector("#root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider
        colorSchemeManager={schemeManager}
        defaultColorScheme="auto"
        theme={theme}
        withCssVariables={false}
        withGlobalClasses={false}
      >
        <LanguageProvider>
          <Console />
        </LanguageProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
