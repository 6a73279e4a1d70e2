// The console: built files as they are, and index.html for every other address that is not an
// interface, since the page itself knows its addresses.

import { existsSync } from "node:fs";
import path from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyReply } from "fastify";
import type { HttpServer, RouteContext } from "./context.ts";

/** Addresses of programs: what is unknown there is an error and not the page. */
const INTERFACES = /^\/(api|v1|v2|v3)(\/|$)/;
/** File names under it carry a hash of their content. */
const ASSETS = "/assets/";

const NOT_BUILT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Whetstone</title>
<h1>Whetstone</h1>
<p>The server works; its page has not been built.
Run <code>npm run build</code> and load this again.</p>
<p>Meanwhile: <a href="/openapi.json">/openapi.json</a>, <a href="/healthz">/healthz</a>,
<code>POST /api/fill {"text": "画龙点[MASK]"}</code>.</p>
</html>
`;

export async function addConsole(app: HttpServer, context: RouteContext): Promise<void> {
  const root = path.resolve(context.webDirectory);
  await app.register(fastifyStatic, {
    root,
    serve: false,
    // Nothing may be there yet, and a build may replace it.
    suppressWarning: true,
    setHeaders: (reply, file) => {
      const isHashed = file.includes(path.normalize(ASSETS));
      const caching = isHashed ? "public, max-age=31536000, immutable" : "no-cache";
      reply.header("cache-control", caching);
    },
  });
  const page = (reply: FastifyReply): FastifyReply =>
    existsSync(path.join(root, "index.html"))
      ? reply.sendFile("index.html")
      : reply.type("text/html; charset=utf-8").header("cache-control", "no-cache").send(NOT_BUILT);
  const schema = { hide: true };
  app.get("/", { schema }, (_request, reply) => page(reply));
  app.get("/*", { schema }, (request, reply) => {
    const { pathname } = new URL(request.url, "http://localhost");
    if (INTERFACES.test(pathname)) {
      reply.callNotFound();
      return reply;
    }
    return path.extname(pathname) === "" ? page(reply) : reply.sendFile(pathname);
  });
}
