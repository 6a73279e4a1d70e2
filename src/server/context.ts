// What every route is given.

import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from "fastify";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { Logger } from "../base/index.ts";
import type { Config } from "../config/index.ts";
import type { FeedbackDesk, PiiCounts } from "../feedback/index.ts";
import type { ProbeRuns, Scheduler, SuiteSource, TrainingRuns } from "../loop/index.ts";
import type { AuditLog, FeedbackStore, KeyStore, ProbeStore, Registry } from "../registry/index.ts";
import type { Gateway, Releases } from "../serving/index.ts";
import type { SuitesResponse } from "../wire/index.ts";
import type { Tracer } from "./tracer.ts";

/** The server as routes see it: bodies have the types of their schemas. */
export type HttpServer = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** What the server asks of feedback. */
export interface FeedbackOffice extends Pick<
  FeedbackDesk,
  | "record"
  | "submit"
  | "add"
  | "questions"
  | "waiting"
  | "accept"
  | "reject"
  | "edit"
  | "deleteUser"
  | "countingScrubber"
  | "statistics"
> {
  readonly store: Pick<
    FeedbackDesk["store"],
    "list" | "count" | "countUnanswered" | "show" | "deleteSamples"
  >;
}

/** What the server asks of training runs. */
export type TrainingOffice = Pick<
  TrainingRuns,
  "start" | "list" | "show" | "stop" | "resume" | "subscribe" | "withoutDeleted"
>;

/** What the server asks of suites; errors as `listSuites`, `addSuite` and `removeSuite`. */
export interface SuiteOffice {
  list(model: string): Promise<SuitesResponse>;
  /** Gives what was replaced in it. */
  add(added: SuiteWish & { readonly from: SuiteSource }): Promise<PiiCounts>;
  remove(removed: SuiteWish): Promise<void>;
}

interface SuiteWish {
  readonly model: string;
  readonly name: string;
}

export interface ServerOptions {
  readonly gateway: Pick<
    Gateway,
    "answer" | "status" | "observe" | "defaultModel" | "cache" | "warm" | "retire"
  >;
  readonly releases: Pick<
    Releases,
    "deploy" | "move" | "forecast" | "find" | "list" | "onMove" | "onLook"
  >;
  readonly registry: Pick<
    Registry,
    "listModels" | "showModel" | "resolve" | "eventsOf" | "writeNote" | "makeStable" | "diskUse"
  > & {
    readonly feedback: Pick<FeedbackStore, "deletedSince">;
    readonly probes: Pick<ProbeStore, "list">;
  };
  readonly feedback: FeedbackOffice;
  readonly training: TrainingOffice;
  readonly probes: Pick<ProbeRuns, "status" | "list" | "start">;
  readonly suites: SuiteOffice;
  readonly schedule: Pick<Scheduler, "status">;
  readonly keys: Pick<KeyStore, "isEmpty" | "find">;
  readonly audit: Pick<AuditLog, "add" | "list">;
  /** What commands on this machine say instead of a key; a new one for each server. */
  readonly commandToken: string;
  /** Where spans go; nothing is recorded without. */
  readonly tracer?: Tracer | undefined;
  readonly config: Config;
  readonly logger: Logger;
  /** The built console; a page that says how to build it is shown when it is not there. */
  readonly webDirectory: string;
}

export type ErrorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void;

export interface RouteContext extends ServerOptions {
  /** For the routes that answer errors as Hugging Face does. */
  readonly huggingFaceErrors: ErrorHandler;
}
