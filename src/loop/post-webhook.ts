// A POST that goes nowhere but where it may: over https to addresses of the internet, or anywhere
// to hosts that the configuration names. The name is resolved once and that address is connected
// to, so that it cannot change between the check and the connection. Redirects are not followed.

import { lookup } from "node:dns";
import http from "node:http";
import https from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { AppError } from "../base/index.ts";
import { isPublicAddress } from "./public-address.ts";
import type { PostWebhook } from "./webhooks.ts";

const TIMEOUT_MS = 15_000;

/** Throws `invalid_input` unless `text` is an address that a webhook may be sent to. */
export function requireWebhookUrl(text: string, allowedHosts: readonly string[]): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === "https:" || url?.protocol === "http:";
  if (url === undefined || !isHttp || url.username !== "" || url.password !== "") {
    throw new AppError(
      "invalid_input",
      `webhooks.urls has ${JSON.stringify(text.slice(0, 40))}; expected https addresses.`,
    );
  }
  requireAllowed(url, allowedHosts);
}

/** A sender that connects to public addresses, and to `allowedHosts` wherever they are. */
export function createPostWebhook(allowedHosts: readonly string[]): PostWebhook {
  return async (text, { headers, body }) => {
    const url = new URL(text);
    requireAllowed(url, allowedHosts);
    const isTrusted = allowedHosts.includes(url.hostname);
    const { request } = url.protocol === "https:" ? https : http;
    return new Promise<number>((resolve, reject) => {
      const sent = request(url, {
        method: "POST",
        headers: { ...headers, "content-length": Buffer.byteLength(body), connection: "close" },
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(isTrusted ? {} : { lookup: lookupPublic }),
      });
      sent.once("error", reject);
      sent.once("response", (response) => {
        response.destroy();
        resolve(response.statusCode ?? 0);
      });
      sent.end(body);
    });
  };
}

/** What the address alone shows; names are looked at when they are resolved. */
function requireAllowed({ protocol, hostname }: URL, allowedHosts: readonly string[]): void {
  if (allowedHosts.includes(hostname)) return;
  const address = hostname.replace(/^\[|\]$/g, "");
  if (protocol !== "https:") throw refused(hostname, "it is not https");
  if (isIP(address) !== 0 && !isPublicAddress(address)) throw refused(hostname, "it is private");
}

const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const isPublic = addresses?.every(({ address }) => isPublicAddress(address));
    const [first] = addresses ?? [];
    if (error !== null) callback(error, "", 0);
    else if (first === undefined || !isPublic) callback(refused(hostname, "it is private"), "", 0);
    else if (options.all === true) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

function refused(hostname: string, reason: string): AppError {
  return new AppError(
    "forbidden",
    `No webhook is sent to ${hostname}: ${reason}. If you trust it, name it in the setting ` +
      "webhooks.allowedHosts.",
  );
}
