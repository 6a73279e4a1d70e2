import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where `npm start` listens; `vite web` hands it what the console asks of the server. */
const SERVER = "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    // An inlined asset would be a data: address, which the page's Content-Security-Policy forbids.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "baseline-widely-available",
  },
  server: { proxy: { "/api": SERVER, "/healthz": SERVER, "/openapi.json": SERVER } },
});
