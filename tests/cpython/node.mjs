// The reference: a program in Node with npm's pyodide, nothing else. Usage: node.mjs DIST PROGRAM
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [dist, program] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(resolve(dist, "pyodide.mjs")).href);
const pyodide = await loadPyodide({ indexURL: resolve(dist) + "/" });
try {
  await pyodide.runPythonAsync(readFileSync(program, "utf8"));
} catch (error) {
  console.log(String(error.message).slice(-2000));
}
process.exit(0);
