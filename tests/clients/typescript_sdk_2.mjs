// How the TypeScript SDK 2 is used, in both of its modes.
import { require } from "./connection.mjs";

const { Client } = require("@modelcontextprotocol/client");
const { StdioClientTransport } = require("@modelcontextprotocol/client/stdio");

const kLevel = "io.modelcontextprotocol/logLevel";

const stdio = async (command, args) => ({ transport: new StdioClientTransport({ command, args }), end: () => {} });

// `serve` gives a transport to a server that it starts, and how to end that.
export function connectIn(mode, protocol, serve = stdio) {
  return async (command, args) => {
    const client = new Client({ name: "v8py's tests", version: "1" }, { versionNegotiation: { mode } });
    const logs = [];
    const errors = [];
    let meta; // the newest revision asks for logs with each request
    client.onerror = (error) => errors.push(error.message);
    client.setNotificationHandler("notifications/message", ({ params }) => void logs.push([params.level, params.data]));
    const { transport, end } = await serve(command, args);
    await client.connect(transport);
    return {
      protocol, logs, errors,
      version: () => [client.getServerVersion().name, client.getNegotiatedProtocolVersion()],
      tools: async () => (await client.listTools({}, { cacheMode: "bypass" })).tools,
      resources: async () => (await client.listResources()).resources,
      read: async (uri) => (await client.readResource({ uri })).contents,
      call: (name, args, options) => client.callTool({ name, arguments: args, _meta: meta }, options),
      close: async () => {
        await client.close();
        await end();
      },
      async listen(level) {
        if (mode === "auto") meta = level && { [kLevel]: level };
        else await client.setLoggingLevel(level ?? "emergency");
      },
    };
  };
}
