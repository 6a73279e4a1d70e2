// Messages to other programs about what went wrong: a training run that failed, a version that the
// gate refused, a release that was taken back or stands still. Signed as
// https://www.standardwebhooks.com says, so that any of its libraries can check them. A message is
// kept in the store until it has arrived or is given up, and the next server goes on with it under
// the same id.

import { createHash, createHmac, randomUUID } from "node:crypto";
import { AppError, messageOf, type Logger } from "../base/index.ts";
import type { WaitingMessage, WebhookStore } from "../registry/index.ts";
import type { Timer } from "../serving/index.ts";

/** What happened, as "training.failed", with facts about it; never texts of users. */
export interface WebhookEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Sends one message; resolves with the status that came back, rejects when none did. */
export type PostWebhook = (
  url: string,
  message: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
) => Promise<number>;

export interface WebhooksOptions {
  readonly urls: readonly string[];
  /** "whsec_" and the base64 of 24 to 64 bytes. */
  readonly secret: string;
  readonly post: PostWebhook;
  readonly store: Pick<WebhookStore, "list" | "put" | "remove">;
  readonly timer: Timer;
  readonly logger: Logger;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
}

/** A message with where it goes. */
interface Delivery extends WaitingMessage {
  readonly url: string;
}

/** Waiting times before another try: within two hours all are spent. */
const RETRY_DELAYS_MS = [5000, 30_000, 120_000, 900_000, 3_600_000] as const;
const KEPT_MAX = 1000;
/** How long a closing server waits for answers to what is being sent. */
const CLOSE_MS = 2000;
const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;
const SECRET_BYTES = [24, 64] as const;

export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #key: Buffer;
  /** Ids of what is in the store. */
  readonly #kept = new Set<string>();
  /** What takes the next tries back. */
  readonly #waiting = new Set<() => void>();
  readonly #underWay = new Set<Promise<void>>();
  #isClosed = false;

  /** Throws `invalid_input` for a secret that cannot be one. */
  constructor(options: WebhooksOptions) {
    this.#options = options;
    this.#key = options.urls.length === 0 ? Buffer.alloc(0) : secretBytes(options.secret);
  }

  /**
   * Goes on with what the last server left, of what is overdue with one message at a time to each
   * address; what went to an address that is gone is dropped. Never throws.
   */
  async recover(): Promise<void> {
    const { store, urls, logger, nowMs } = this.#options;
    const list = await this.#read(() => store.list());
    // What has just happened is under way already.
    const left = list.filter(({ id }) => !this.#kept.has(id));
    const addresses = new Set(urls.map(addressOf));
    const dropped = left.filter(({ address }) => !addresses.has(address));
    for (const url of new Set(urls)) {
      const own = left.filter(({ address }) => address === addressOf(url));
      const waiting = own.map((message): Delivery => ({ ...message, url }));
      for (const { id } of waiting) this.#kept.add(id);
      const isOverdue = ({ dueMs }: Delivery): boolean => dueMs <= nowMs();
      this.#inBackground(() => this.#deliverInTurn(waiting.filter(isOverdue)));
      for (const each of waiting) if (!isOverdue(each)) this.#sendLater(each);
    }
    for (const { id, type } of dropped) {
      logger.warn({ id, type }, "a webhook is dropped: its address is not in the configuration");
      await this.#write(() => store.remove(id));
    }
  }

  /** Tells all addresses, in the background; never throws and never waits. */
  notify({ type, data }: WebhookEvent): void {
    const dueMs = this.#options.nowMs();
    const timestamp = new Date(dueMs).toISOString();
    const body = JSON.stringify({ type, timestamp, data });
    for (const url of this.#options.urls) {
      const id = `msg_${randomUUID()}`;
      const delivery = { url, id, address: addressOf(url), type, body, attempt: 0, dueMs };
      this.#inBackground(async () => {
        if (this.#kept.size < KEPT_MAX) {
          this.#kept.add(id);
          await this.#keep(delivery);
        }
        await this.#deliver(delivery);
      });
    }
  }

  /** What waits for another try is left to the next server; what is being sent has 2 s. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const cancel of this.#waiting) cancel();
    this.#waiting.clear();
    let cancelLimit = (): void => {};
    const limit = new Promise<void>((resolve) => {
      cancelLimit = this.#options.timer.after(CLOSE_MS, resolve);
    });
    await Promise.race([limit, Promise.all(this.#underWay)]);
    cancelLimit();
  }

  #inBackground(work: () => Promise<void>): void {
    const ended = work().finally(() => this.#underWay.delete(ended));
    this.#underWay.add(ended);
  }

  async #deliverInTurn(deliveries: readonly Delivery[]): Promise<void> {
    for (const delivery of deliveries) if (!this.#isClosed) await this.#deliver(delivery);
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { url, id, type, body } = delivery;
    const { post, logger, nowMs } = this.#options;
    const timestamp = String(Math.floor(nowMs() / 1000));
    const signature = signatureOf(this.#key, `${id}.${timestamp}.${body}`);
    const headers = {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": signature,
    };
    const outcome = await post(url, { headers, body }).catch((error: unknown) => error);
    if (typeof outcome === "number") {
      if (outcome >= 200 && outcome < 300) await this.#forget(id);
      else await this.#retry(delivery, `status ${outcome}`);
    } else if (outcome instanceof AppError && outcome.code === "forbidden") {
      logger.error({ host: hostOf(url), type, error: outcome.message }, "a webhook is not sent");
      await this.#forget(id);
    } else {
      await this.#retry(delivery, messageOf(outcome));
    }
  }

  async #retry(delivery: Delivery, reason: string): Promise<void> {
    const { nowMs, logger } = this.#options;
    const { url, id, type, attempt } = delivery;
    const delayMs = RETRY_DELAYS_MS[attempt];
    const facts = { host: hostOf(url), type, attempt: attempt + 1, reason };
    if (delayMs === undefined || !this.#kept.has(id)) {
      logger.error(facts, "a webhook was not delivered");
      await this.#forget(id);
      return;
    }
    logger.warn({ ...facts, retryInMs: delayMs }, "a webhook is sent again later");
    const next = { ...delivery, attempt: attempt + 1, dueMs: nowMs() + delayMs };
    this.#sendLater(next);
    await this.#keep(next);
  }

  #sendLater(delivery: Delivery): void {
    const { timer, nowMs } = this.#options;
    if (this.#isClosed) return;
    const cancel = timer.after(Math.max(0, delivery.dueMs - nowMs()), () => {
      this.#waiting.delete(cancel);
      this.#inBackground(() => this.#deliver(delivery));
    });
    this.#waiting.add(cancel);
  }

  async #keep({ url: _url, ...message }: Delivery): Promise<void> {
    await this.#write(() => this.#options.store.put(message));
  }

  async #forget(id: string): Promise<void> {
    if (this.#kept.delete(id)) await this.#write(() => this.#options.store.remove(id));
  }

  /** Nothing where the store cannot be read; a server starts all the same. */
  async #read(
    reading: () => Promise<readonly WaitingMessage[]>,
  ): Promise<readonly WaitingMessage[]> {
    try {
      return await reading();
    } catch (error) {
      const facts = { error: messageOf(error) };
      this.#options.logger.error(facts, "what waits to be sent cannot be read");
      return [];
    }
  }

  /** A message is sent even when it cannot be kept. */
  async #write(writing: () => Promise<void>): Promise<void> {
    try {
      await writing();
    } catch (error) {
      const facts = { error: messageOf(error) };
      this.#options.logger.error(facts, "what waits to be sent cannot be written down");
    }
  }
}

/** What the store calls an address. */
function addressOf(url: string): string {
  return createHash("sha256").update(url).digest("hex");
}

/** "v1," and the base64 of the HMAC-SHA256 of id, time and body. */
function signatureOf(key: Buffer, signed: string): string {
  return `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
}

function secretBytes(secret: string): Buffer {
  const bytes = Buffer.from(SECRET.exec(secret)?.[1] ?? "", "base64");
  if (bytes.length >= SECRET_BYTES[0] && bytes.length <= SECRET_BYTES[1]) return bytes;
  throw new AppError(
    "invalid_input",
    "webhooks.urls needs webhooks.secret, which signs what is sent; expected whsec_ and the " +
      'base64 of 24 to 64 random bytes, as `echo "whsec_$(openssl rand -base64 32)"` makes it.',
  );
}

/** Addresses may have secrets in their paths, so the log has the host alone. */
function hostOf(url: string): string {
  return new URL(url).host;
}
