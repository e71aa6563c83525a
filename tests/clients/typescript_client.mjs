// The TypeScript SDK 2, which opens with initialize by default. Partner: typescript_client_auto.mjs.
import { run } from "./connection.mjs";
import { scenarios } from "./scenarios.mjs";
import { connectIn } from "./typescript_sdk_2.mjs";

await run(scenarios, connectIn("legacy", "2025-11-25"));
