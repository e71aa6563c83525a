// The TypeScript SDK 2 over HTTP, in a session of a revision that has a handshake.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { require, run } from "./connection.mjs";
import { scenarios } from "./scenarios.mjs";
import { connectIn } from "./typescript_sdk_2.mjs";

const { StreamableHTTPClientTransport } = require("@modelcontextprotocol/client");

async function serve(command, args) {
  const words = [...args, "--http", "127.0.0.1:0", "--http-sessions"];
  const server = spawn(command, words, { stdio: ["ignore", "ignore", "pipe"] });
  const [line] = await once(createInterface({ input: server.stderr }), "line");
  const end = async () => {
    server.kill("SIGTERM");
    if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
  };
  return { transport: new StreamableHTTPClientTransport(new URL(line.split(" ").at(-1))), end };
}

await run(scenarios, connectIn("legacy", "2025-11-25", serve));
