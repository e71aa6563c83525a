// A connection of an MCP client written in JavaScript, what scenarios do with it, and the run of them all.
//
// A client's script gives run() a function that connects; what that gives has call(), read() and so
// on in the client's own way. All of the client's scenarios (scenarios.mjs) share one server, as in
// use. Each prints one line: "ok NAME", "FAIL NAME: why", or "skip NAME: why".
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";
import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";

const kSeconds = 30; // for a scenario

// Packages of third_party/mcp-clients, which is no parent of this folder.
const clients = path.resolve(import.meta.dirname, "../../third_party/mcp-clients/node/");
export const require = createRequire(clients + "/");

export function same(got, expected, what) {
  try {
    assert.deepStrictEqual(got, expected);
  } catch {
    throw new Error(`${what} is ${show(got)}, not ${show(expected)}`);
  }
}

export function holds(condition, why) {
  if (!condition) throw new Error(why);
}

export function show(value) {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 600 ? text : `${text.slice(0, 400)} … ${text.slice(-150)}`;
}

export const seconds = (begin) => (performance.now() - begin) / 1000;
export const blocks = (answer, type) => answer.content.filter((block) => block.type === type);
export const textOf = (answer) => blocks(answer, "text").map((block) => block.text).join("\n");
export const failed = (answer) => answer.isError ?? false;
export const success = (value) => `<status>success</status>\n<return_value>\n${value}\n</return_value>`;

export const python = (client, code, more = {}, options = {}) =>
  client.call("run_python_code", { python_code: code, ...more }, options);

// That both forms of a result say the same.
export function check(answer, text, members) {
  same(textOf(answer), text, "the text");
  for (const [name, expected] of Object.entries(members)) {
    same(answer.structuredContent?.[name], expected, `${name} of the structured content`);
  }
}

// The structured content of a tool that has an output schema.
export async function tool(client, name, args = {}) {
  const answer = await client.call(name, args);
  holds(!failed(answer), `${name} has failed: ${textOf(answer)}`);
  same(JSON.parse(textOf(answer)), answer.structuredContent, `the text of ${name}, as JSON,`);
  return answer.structuredContent;
}

// Cancels a call as users of these clients do it.
export async function cancelled(client, args, after) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort("not wanted any more"), after * 1000);
  try {
    const answer = await client.call("run_python_code", args, { signal: abort.signal });
    throw new Error(`the call had ended before it was cancelled: ${show(answer)}`);
  } catch (error) {
    if (!abort.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
}

export async function answersSoon(client, code, value, more = {}) {
  const begin = performance.now();
  check(await python(client, code, more), success(value), { value });
  holds(seconds(begin) < 2, `the call after it took ${seconds(begin)} s`);
}

// The message of the error that is no tool's result.
export async function refused(promise) {
  let answer;
  try {
    answer = await promise;
  } catch (error) {
    holds(typeof error.code === "number", `it is no error of the protocol: ${error}`);
    return error.message;
  }
  throw new Error(`there was an answer: ${show(answer)}`);
}

// Notifications are handled beside the results that come after them.
export async function eventually(condition, why) {
  for (let i = 0; i < 100; ++i) {
    if (condition()) return;
    await sleep(20);
  }
  throw new Error(why());
}

let failures = 0;

async function line(name, body) {
  try {
    await body();
    console.log(`ok ${name}`);
  } catch (error) {
    ++failures;
    console.log(`FAIL ${name}: ${error?.message ?? error}`.replaceAll("\n", "\\n"));
  }
}

// A promise that is rejected when it takes too long.
function within(limit, promise) {
  const late = sleep(limit * 1000, undefined, { ref: false }).then(() => {
    throw new Error(`not done within ${limit} s`);
  });
  return Promise.race([promise, late]);
}

async function runScenarios(scenarios, connect, program, args) {
  const packages = args.some((word) => word === "--image" || word === "--with");
  const client = await within(kSeconds, connect(program, ["mcp", ...args]));
  for (const { name, body, needs } of scenarios) {
    if (needs === "packages" && !packages) {
      console.log(`skip ${name}: the server has no packages`);
    } else {
      await line(name, () => within(kSeconds, body(client)));
    }
  }
  // A session does not hold up the end.
  await line("a session is there at the end", async () => {
    const { session_id } = await tool(client, "start_session");
    await python(client, "x = 1", { session_id });
  });
  await line("the server ends by itself when the client closes", async () => {
    const begin = performance.now();
    await within(kSeconds, client.close());
    // From 2 s on, clients send signals.
    holds(seconds(begin) < 1.5, `closing took ${seconds(begin)} s`);
  });
  await line("the client does not complain", async () => same(client.errors, [], "what it says"));
}

// The main function of a client's script. connect(program, args) gives
//   protocol, version() → [name, revision], tools(), resources(), read(uri), close(),
//   call(name, args, {signal, onprogress, timeout}), listen(level or undefined),
//   logs: [[level, data]], errors: [message]: what the client could not make sense of
export async function run(scenarios, connect) {
  const { values, positionals } = parseArgs({ options: { v8py: { type: "string" } }, allowPositionals: true });
  try {
    if (!values.v8py) throw new Error("--v8py PROGRAM is missing");
    await runScenarios(scenarios, connect, values.v8py, positionals);
  } catch (error) {
    await line("the client connects", () => Promise.reject(error));
  }
  process.exit(failures ? 1 : 0);
}
