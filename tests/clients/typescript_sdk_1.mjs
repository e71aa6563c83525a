// The TypeScript SDK 1.
import { require, run } from "./connection.mjs";
import { scenarios } from "./scenarios.mjs";

const { Client } = require("@modelcontextprotocol/sdk/client/index.js");
const { StdioClientTransport } = require("@modelcontextprotocol/sdk/client/stdio.js");
const { LoggingMessageNotificationSchema } = require("@modelcontextprotocol/sdk/types.js");

await run(scenarios, async (command, args) => {
  const client = new Client({ name: "v8py's tests", version: "1" });
  const transport = new StdioClientTransport({ command, args });
  const logs = [];
  const errors = [];
  let revision;
  client.onerror = (error) => errors.push(error.message);
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
    logs.push([params.level, params.data]);
  });
  transport.setProtocolVersion = (version) => (revision = version);
  await client.connect(transport);
  return {
    protocol: "2025-11-25", logs, errors,
    version: () => [client.getServerVersion().name, revision],
    tools: async () => (await client.listTools()).tools,
    resources: async () => (await client.listResources()).resources,
    read: async (uri) => (await client.readResource({ uri })).contents,
    call: (name, args, options) => client.callTool({ name, arguments: args }, undefined, options),
    listen: (level) => client.setLoggingLevel(level ?? "emergency"),
    close: () => client.close(),
  };
});
