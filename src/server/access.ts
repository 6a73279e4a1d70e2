// Who is asking, how often, and whether they may. Keys are wanted as soon as one was ever made, and
// always beyond loopback; before that, everybody on this machine may do everything, and pages of
// other origins that the door lets in may ask and judge.

import { timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { AppError, systemClock } from "../base/index.ts";
import {
  ACTOR_COMMAND,
  ACTOR_LOCAL,
  roleAllows,
  type ApiKey,
  type Doer,
  type KeyRole,
} from "../registry/index.ts";
import { accessTo } from "./access-table.ts";
import { addressGroupOf } from "./address-group.ts";
import type { HttpServer, RouteContext } from "./context.ts";
import { isForeign, isLoopback } from "./door.ts";
import { errorCodeOf } from "./errors.ts";
import { RateLimiter } from "./rate-limiter.ts";

/** Somebody who was let in. */
export interface Caller {
  /** The name of a key, or an actor of the registry. */
  readonly name: string;
  readonly role: KeyRole;
}

const LOCAL: Caller = { name: ACTOR_LOCAL, role: "operate" };
/** A page of another origin has no say over this machine: what it sends, nobody here has chosen. */
const FOREIGN: Caller = { name: ACTOR_LOCAL, role: "feedback" };
const COMMAND: Caller = { name: ACTOR_COMMAND, role: "operate" };
const BEARER = /^Bearer +(\S+) *$/i;

const callers = new WeakMap<FastifyRequest, Caller>();
const targets = new WeakMap<FastifyRequest, string>();

/** Who asks; undefined for somebody without a key where none was needed. */
export function callerOf(request: FastifyRequest): Caller | undefined {
  return callers.get(request);
}

/** Who asks, as the history of a version has it. */
export function doerOf(request: FastifyRequest): Doer {
  const name = callerOf(request)?.name;
  if (name === ACTOR_COMMAND) return { by: "command" };
  return name === undefined || name === ACTOR_LOCAL ? { by: "http" } : { by: "http", key: name };
}

/** Whether the names of keys are for whoever asks. */
export function isOperator(request: FastifyRequest): boolean {
  return roleAllows(callerOf(request)?.role ?? "use", "operate");
}

/** Says what an audited request is about, where its address does not. */
export function noteTarget({ request }: FastifyReply, target: string): void {
  targets.set(request, target);
}

/** Adds the checks before every route, and the audit of those that operate. */
export function addAccess(app: HttpServer, context: RouteContext): void {
  const { keyRequestsPerMinute, addressRequestsPerMinute } = context.config.limits;
  const perKey = new RateLimiter(keyRequestsPerMinute, systemClock);
  const perAddress = new RateLimiter(addressRequestsPerMinute, systemClock);

  const limit = (request: FastifyRequest, key: ApiKey | undefined): void => {
    if (key !== undefined) requireTurn(perKey, key.name);
    // Behind a proxy everybody has a loopback address, so that it says nothing of who asks.
    else if (!isLoopback(request.ip)) requireTurn(perAddress, addressGroupOf(request.ip));
  };
  // An async hook, so that what it throws is an answer.
  app.addHook("onRequest", async (request, reply) => {
    const { caller, key, isLimited } = await seek(request, context);
    if (isLimited) limit(request, key);
    if (caller !== undefined) callers.set(request, caller);
    if (!request.is404) requireRole(request, reply, caller);
  });
  addAudit(app, context);
}

/** Who asks, by the keys that there are now. */
async function seek(
  request: FastifyRequest,
  { config, keys, commandToken }: RouteContext,
): Promise<{
  readonly caller: Caller | undefined;
  readonly key: ApiKey | undefined;
  readonly isLimited: boolean;
}> {
  const isOpen = isLoopback(config.server.host) && (await keys.isEmpty());
  const text = isOpen ? undefined : bearerOf(request);
  const isCommand = text !== undefined && isSame(text, commandToken);
  const key = text === undefined || isCommand ? undefined : await keys.find(text);
  const local = isForeign(request) ? FOREIGN : LOCAL;
  const caller = isOpen ? local : isCommand ? COMMAND : key;
  return { caller, key, isLimited: !isOpen && !isCommand };
}

/** Whether whoever was let in would be now; for answers that go on while keys come and go. */
export async function isStillAllowed(
  request: FastifyRequest,
  context: RouteContext,
): Promise<boolean> {
  const { role } = accessTo(request.method, request.routeOptions.url ?? "");
  const { caller } = await seek(request, context);
  return role === undefined || (caller !== undefined && roleAllows(caller.role, role));
}

function requireRole(
  request: FastifyRequest,
  reply: FastifyReply,
  caller: Caller | undefined,
): void {
  const { role } = accessTo(request.method, request.routeOptions.url ?? "");
  if (role === undefined) return;
  if (caller === undefined) {
    reply.header("www-authenticate", "Bearer");
    throw unauthorized(request.headers.authorization);
  }
  if (roleAllows(caller.role, role)) return;
  throw notAllowed(caller, role);
}

function notAllowed(caller: Caller, needed: KeyRole): AppError {
  const who =
    caller === FOREIGN
      ? `A page of another origin has the role ${caller.role} while the server has no keys`
      : `The key "${caller.name}" has the role ${caller.role}`;
  const way = caller === FOREIGN ? "Make a key and let the page send it" : "Ask for another key";
  return new AppError(
    "forbidden",
    `${who}; this needs the role ${needed}. ${way}: \`whetstone keys add NAME --role ${needed}\`.`,
    { details: { role: caller.role, needed } },
  );
}

function unauthorized(header: string | undefined): AppError {
  const seen =
    header === undefined
      ? "The request has no key"
      : BEARER.test(header)
        ? "The key is not known here, or was revoked"
        : "The Authorization header has no key in it";
  return new AppError(
    "unauthorized",
    `${seen}; expected the header "Authorization: Bearer KEY". Whoever runs this server makes ` +
      "a key with `whetstone keys add NAME`.",
  );
}

function bearerOf({ headers }: FastifyRequest): string | undefined {
  return BEARER.exec(headers.authorization ?? "")?.[1];
}

function isSame(text: string, secret: string): boolean {
  const [a, b] = [Buffer.from(text), Buffer.from(secret)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function requireTurn(limiter: RateLimiter, caller: string): void {
  const retryAfterSeconds = limiter.take(caller);
  if (retryAfterSeconds === 0) return;
  throw new AppError(
    "rate_limited",
    `More than ${limiter.perMinute} requests a minute came from you. ` +
      `Try again in ${retryAfterSeconds} s.`,
    { details: { retryAfterSeconds, limitPerMinute: limiter.perMinute } },
  );
}

/** Written before the answer leaves, so that whoever has the answer finds the row. */
function addAudit(app: HttpServer, { audit, logger }: RouteContext): void {
  app.addHook("onSend", async (request, _reply, payload) => {
    const { action } = accessTo(request.method, request.routeOptions.url ?? "");
    const actor = callerOf(request)?.name;
    const outcome = errorCodeOf(request) ?? "done";
    if (action === undefined || actor === undefined || outcome === "rate_limited") return payload;
    const target = targets.get(request) ?? Object.values(request.params ?? {}).join(" ");
    const event = { actor, action, target: target || null, outcome, requestId: request.id };
    await audit.add(event).catch((error: unknown) => {
      // What was done is done; the log says what the table could not be told.
      logger.error({ ...event, error: String(error) }, "the audit log cannot be written");
    });
    return payload;
  });
}
