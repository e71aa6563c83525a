// The TypeScript SDK 2, told to speak the newest revision that the server has. It starts a server to
// ask for that, and then another. Partner: typescript_client.mjs.
import { run } from "./connection.mjs";
import { scenarios } from "./scenarios.mjs";
import { connectIn } from "./typescript_sdk_2.mjs";

await run(scenarios, connectIn("auto", "2026-07-28"));
