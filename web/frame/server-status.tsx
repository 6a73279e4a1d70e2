// Which model and version answer, or that nobody does.

import { useEffect, useSyncExternalStore, type ReactNode } from "react";
import { getHealth, getModels } from "../api/client.ts";
import { useLanguage } from "../language/language.tsx";
import classes from "./server-status.module.css";
import { serverStatus } from "./status-store.ts";

export function useServerStatus(): ReturnType<typeof serverStatus.state> {
  return useSyncExternalStore(serverStatus.subscribe, serverStatus.state);
}

export function ServerStatus(): ReactNode {
  const { frame } = useLanguage().messages;
  const { reach, model, version } = useServerStatus();
  useModels();
  return (
    <p className={classes.status} data-reach={reach}>
      <span className={classes.dot} aria-hidden="true" />
      {reach === "ready" && model !== undefined ? (
        <>
          <span className={classes.model}>{model}</span>
          {version === undefined ? null : <span>{frame.version(version)}</span>}
        </>
      ) : (
        <span>{frame.status[reach]}</span>
      )}
    </p>
  );
}

/** Asks once who would answer; the first answer itself says it again. */
function useModels(): void {
  useEffect(() => {
    const abort = new AbortController();
    void nameModel(abort.signal);
    return () => abort.abort();
  }, []);
}

async function nameModel(signal: AbortSignal): Promise<void> {
  try {
    const { models } = await getModels(signal);
    // A server that is not ready answers with an error.
    const health = await getHealth(signal).catch(() => undefined);
    const model = models.find(({ id }) => id === health?.model) ?? models[0];
    if (model === undefined) return;
    const isReady = health?.status === "ok";
    serverStatus.named({ model: model.id, version: model.stable, isReady });
  } catch {
    // The room says what is wrong, when it is asked for something.
  }
}
