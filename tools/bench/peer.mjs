// Runs a Python file in npm's pyodide, as its documentation says, under Node or Deno.
import { readFileSync } from "node:fs";
import { loadPyodide } from "pyodide";

const file = (globalThis.Deno?.args ?? process.argv.slice(2))[0];
const pyodide = await loadPyodide();
await pyodide.runPythonAsync(readFileSync(file, "utf8"));
(globalThis.Deno?.exit ?? process.exit)(0);
