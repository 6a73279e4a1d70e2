// Commands to the releases of one model, over HTTP, as an operator gives them.

import { setTimeout as sleep } from "node:timers/promises";
import type { Deployment } from "../../src/wire/index.ts";
import { getJson, postJson } from "./json.ts";

const LOOK_MS = 100;

export class Deployments {
  readonly #url: string;
  readonly #model: string;

  /** Of `model` on the server at `url`. */
  constructor(url: string, model: string) {
    this.#url = `${url}/api/deployments`;
    this.#model = model;
  }

  async begin(wish: {
    readonly version: string;
    readonly steps: readonly number[];
    readonly intervalSeconds: number;
    readonly force?: boolean;
  }): Promise<void> {
    await postJson(this.#url, { model: this.#model, ...wish });
  }

  async move(kind: "promote" | "rollback"): Promise<void> {
    await postJson(`${this.#url}/${this.#model}/${kind}`, {});
  }

  async now(): Promise<Deployment | undefined> {
    const { deployments } = (await getJson(this.#url)) as { deployments: Deployment[] };
    return deployments.find(({ model }) => model === this.#model);
  }

  /** Looks every 0.1 s. */
  async until(isThere: (deployment: Deployment) => boolean): Promise<Deployment> {
    for (;;) {
      const found = await this.now();
      if (found !== undefined && isThere(found)) return found;
      await sleep(LOOK_MS);
    }
  }
}
