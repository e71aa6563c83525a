// npm's pyodide under Node or Deno, as its documentation says to use it.
//   peer.mjs FILE     runs a Python file
//   peer.mjs -c CODE  runs code
//   peer.mjs --packages FOLDER -c CODE  the same, with packages of a distribution of Pyodide
//   peer.mjs --host   serves host.py's protocol: a fresh sandbox is a Worker with its own loadPyodide()
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Worker, isMainThread, parentPort } from "node:worker_threads";
import { loadPyodide } from "pyodide";

const words = [...(globalThis.Deno?.args ?? process.argv.slice(2))];
const folder = words[0] === "--packages" ? words.splice(0, 2)[1] : null;
const [first, second] = words;

// Code → what it printed.
async function interpreter() {
  let printed = "";
  const pyodide = await loadPyodide({ stdout: (line) => (printed += line + "\n") });
  return async (code) => {
    printed = "";
    await pyodide.runPythonAsync(code);
    return printed;
  };
}

// A Worker's answer to code; it makes its interpreter before the first.
const ask = (worker, code) =>
  new Promise((resolve, reject) => {
    worker.removeAllListeners();
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.postMessage(code);
  });

async function fresh(code) {
  const began = performance.now();
  const worker = new Worker(new URL(import.meta.url));
  const output = await ask(worker, code);
  const result = performance.now() - began;
  await worker.terminate();
  return { output, ms: result, total: performance.now() - began };
}

async function serve() {
  let session;
  const answer = {
    fresh: ({ code }) => fresh(code),
    async call({ code }) {
      session ??= new Worker(new URL(import.meta.url));
      const began = performance.now();
      const output = await ask(session, code);
      const ms = performance.now() - began;
      return { output, ms, total: ms };
    },
    async burst({ code, count }) {
      const began = performance.now();
      for (let i = 0; i < count; i++) await fresh(code);
      return { seconds: (performance.now() - began) / 1000 };
    },
  };
  console.log(JSON.stringify({ ready: true }));
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    // Wheels would come from Pyodide's CDN, which a benchmark must not depend on.
    const reply = request.packages?.length
      ? { error: "not given packages here" }
      : await answer[request.do](request).catch((error) => ({ error: String(error) }));
    console.log(JSON.stringify(reply));
  }
  await session?.terminate();
}

if (!isMainThread) {
  let run;
  parentPort.on("message", async (code) => {
    run ??= await interpreter();
    parentPort.postMessage(await run(code));
  });
} else if (first === "--host") {
  await serve();
} else {
  const where = folder ? { lockFileURL: `${folder}/pyodide-lock.json`, packageBaseUrl: `${folder}/` } : {};
  const pyodide = await loadPyodide(where);
  if (folder) await pyodide.loadPackagesFromImports(second, { messageCallback() {} });
  await pyodide.runPythonAsync(first === "-c" ? second : readFileSync(first, "utf8"));
  (globalThis.Deno?.exit ?? process.exit)(0);
}
