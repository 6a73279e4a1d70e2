// Who may knock: the Host allow-list against DNS rebinding, the Origin check against cross-site
// writes, and the headers that every answer carries. Keys are access.ts.

import { isIPv6 } from "node:net";
import type { FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../base/index.ts";
import type { Config } from "../config/index.ts";
import { createCors } from "./cors.ts";

/** Scripts, styles, images and fonts are files of this server; nothing is inline. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

export const SECURITY_HEADERS = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
} as const;

const READING = new Set(["GET", "HEAD", "OPTIONS"]);
const WILDCARDS = new Set(["0.0.0.0", "[::]"]);
const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

export interface Door {
  readonly check: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
}

/** Throws `forbidden` for a `host` beyond loopback while there is no key to ask for. */
export function requireLoopback(host: string, keyCount: number): void {
  if (isLoopback(host) || keyCount > 0) return;
  throw new AppError(
    "forbidden",
    `The server will not listen on ${host}: everybody who reaches that address could use it, ` +
      "since there is no key yet. Make one with `whetstone keys add NAME --role operate`, or " +
      "listen on 127.0.0.1.",
    { details: { host } },
  );
}

/**
 * A check for every request: `host` is where the server listens, `allowedHosts` are names besides
 * that, localhost and loopback addresses, `corsOrigins` the pages of others that may ask.
 */
export function createDoor({
  host,
  allowedHosts,
  corsOrigins,
}: Pick<Config["server"], "host" | "allowedHosts" | "corsOrigins">): Door {
  const allowed = new Set(allowedHosts.map((name) => hostnameOf(name) ?? name.toLowerCase()));
  const own = hostnameOf(host);
  if (own !== undefined && !isWildcard(host)) allowed.add(own);
  const cors = createCors(corsOrigins);
  return {
    // An async hook, so that what it throws is an answer.
    check: async (request, reply) => {
      reply.headers(SECURITY_HEADERS);
      requireKnownHost(request.headers.host, allowed);
      cors.mark(request, reply);
      if (cors.isPreflight(request)) return reply.code(204).send();
      const isWrite = !READING.has(request.method);
      if (isWrite && !cors.allows(request.headers.origin)) requireSameOrigin(request);
      return undefined;
    },
  };
}

function requireKnownHost(host: string | undefined, allowed: ReadonlySet<string>): void {
  const name = hostnameOf(host ?? "");
  if (name !== undefined && (isLoopback(name) || allowed.has(name))) return;
  throw new AppError(
    "forbidden",
    `The Host header is ${JSON.stringify(host ?? "")}; expected localhost, a loopback address ` +
      "or a name of the setting server.allowedHosts.",
  );
}

/**
 * Whether a browser says that a page of another origin sends this. Programs send no Origin;
 * browsers send it with every write and with whatever a foreign page is to read.
 */
export function isForeign({ headers }: FastifyRequest): boolean {
  const { origin, host = "" } = headers;
  const site = headers["sec-fetch-site"];
  const isForeignSite = site !== undefined && site !== "same-origin" && site !== "none";
  return isForeignSite || (origin !== undefined && !isOriginOf(origin, host));
}

function requireSameOrigin(request: FastifyRequest): void {
  if (!isForeign(request)) return;
  const { origin, "sec-fetch-site": site } = request.headers;
  const from = origin === undefined ? `a ${String(site)} page` : JSON.stringify(origin);
  throw new AppError(
    "forbidden",
    `The request comes from ${from}; only pages of this server may send it, and those of the ` +
      "setting server.corsOrigins.",
  );
}

/** Scheme aside, since a proxy in front may speak https. */
function isOriginOf(origin: string, host: string): boolean {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  const standardPort = DEFAULT_PORTS[url?.protocol ?? ""];
  if (url === undefined || standardPort === undefined) return false;
  const [hostname, port] = splitHost(host);
  return url.hostname === hostname && (url.port || standardPort) === (port || standardPort);
}

function hostnameOf(host: string): string | undefined {
  return splitHost(host)[0];
}

/** "[::1]:8080" → "[::1]" and "8080"; undefined for what is no host. */
function splitHost(host: string): readonly [string | undefined, string] {
  const bracketed = isIPv6(host) ? `[${host}]` : host;
  if (!/^[a-z0-9._~\-[\]:]+$/i.test(bracketed)) return [undefined, ""];
  const url = URL.canParse(`http://${bracketed}`) ? new URL(`http://${bracketed}`) : undefined;
  return url === undefined ? [undefined, ""] : [url.hostname, url.port || portIn(bracketed)];
}

/** A port that URL leaves out because it is the standard one. */
function portIn(host: string): string {
  return /:(\d+)$/.exec(host)?.[1] ?? "";
}

/** Whether who listens there listens at every address, and nothing is called so. */
export function isWildcard(host: string): boolean {
  return WILDCARDS.has(hostnameOf(host) ?? "");
}

/** Whether a name or address is this machine's own. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  if (name === "localhost" || name === "::1" || name === "[::1]") return true;
  return /^127(\.\d{1,3}){3}$/.test(name);
}
