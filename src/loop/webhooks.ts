// Messages to other programs about what went wrong: a training run that failed, a version that the
// gate refused, a release that was taken back. Signed as https://www.standardwebhooks.com says, so
// that any of its libraries can check them. What waits is in memory: a restart forgets it.

import { createHmac, randomUUID } from "node:crypto";
import { AppError, messageOf, type Logger } from "../base/index.ts";
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
  readonly timer: Timer;
  readonly logger: Logger;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
}

interface Delivery {
  readonly url: string;
  readonly id: string;
  readonly type: string;
  readonly body: string;
  readonly attempt: number;
}

/** Waiting times before another try: within two hours all are spent. */
const RETRY_DELAYS_MS = [5000, 30_000, 120_000, 900_000, 3_600_000] as const;
const WAITING_MAX = 1000;
const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;
const SECRET_BYTES = [24, 64] as const;

export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #key: Buffer;
  readonly #waiting = new Map<Delivery, () => void>();
  #isClosed = false;

  /** Throws `invalid_input` for a secret that cannot be one. */
  constructor(options: WebhooksOptions) {
    this.#options = options;
    this.#key = options.urls.length === 0 ? Buffer.alloc(0) : secretBytes(options.secret);
  }

  /** Tells all addresses, in the background; never throws and never waits. */
  notify({ type, data }: WebhookEvent): void {
    const timestamp = new Date(this.#options.nowMs()).toISOString();
    const body = JSON.stringify({ type, timestamp, data });
    for (const url of this.#options.urls) {
      void this.#deliver({ url, id: `msg_${randomUUID()}`, type, body, attempt: 0 });
    }
  }

  /** Forgets what waits for another try. */
  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
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
    try {
      const status = await post(url, { headers, body });
      if (status >= 200 && status < 300) return;
      this.#retry(delivery, `status ${status}`);
    } catch (error) {
      if (error instanceof AppError && error.code === "forbidden") {
        logger.error({ host: hostOf(url), type, error: error.message }, "a webhook is not sent");
      } else {
        this.#retry(delivery, messageOf(error));
      }
    }
  }

  #retry(delivery: Delivery, reason: string): void {
    const { timer, logger } = this.#options;
    const { url, type, attempt } = delivery;
    const delayMs = RETRY_DELAYS_MS[attempt];
    const facts = { host: hostOf(url), type, attempt: attempt + 1, reason };
    if (this.#isClosed) return;
    if (delayMs === undefined || this.#waiting.size >= WAITING_MAX) {
      logger.error(facts, "a webhook was not delivered");
      return;
    }
    logger.warn({ ...facts, retryInMs: delayMs }, "a webhook is sent again later");
    const cancel = timer.after(delayMs, () => {
      this.#waiting.delete(delivery);
      void this.#deliver({ ...delivery, attempt: attempt + 1 });
    });
    this.#waiting.set(delivery, cancel);
  }
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
