// Boots Pyodide in this realm and gives the host what it needs to run a program.
// The body of a function (native, globalThis) → Promise<{run, interrupt, where}>.
// Pyodide is told that it is in a web worker; what it would fetch are the assets that the host has
// mapped and verified. Guest code can reach everything that is left in the realm: natives stay in
// closures, and nothing here gives a right.
"use strict";

const ROOT = "file:///pyodide/";
const PACKAGES = "file:///pyodide/packages/";
const { Atomics, JSON, Object, Uint8Array, WebAssembly } = globalThis;
// As Emscripten numbers it (errno.h of musl).
const EINTR = 27;

// What a browser would have loaded by URL: fetch() gives it until boot is over.
native.localFetch = async (url) => {
  const bytes = native.assets[String(url).slice(ROOT.length)];
  if (String(url).endsWith(".wasm")) return bytes;
  return { ok: true, arrayBuffer: async () => bytes.buffer };
};

function classify(error) {
  if (error?.name === "ExitStatus" || error?.name === "Exit") return "exit";
  if (error instanceof RangeError) return "stack";
  if (error instanceof WebAssembly.RuntimeError) {
    return /stack|recursion/i.test(error.message) ? "stack" : "wasm_trap";
  }
  return "abort";
}

// Standard streams as Pyodide's stream devices. While `captured` is an array, output goes there: it
// is how the C function that dumps a traceback is overheard.
let captured = null;
let booting = true;
// Whether the program has read from its input: what Python holds of it is not for the next one.
let inputUsed = false;

function outputDevice(stream, isatty, size) {
  return {
    isatty,
    getTerminalSize: () => size,
    write(bytes) {
      if (captured) {
        captured.push(new Uint8Array(bytes));
        return bytes.length;
      }
      return native.write(stream, bytes);
    },
    fsync() {},
  };
}

function inputDevice(isatty, ErrnoError) {
  return {
    isatty,
    read(buffer) {
      inputUsed = true;
      const count = native.read(buffer);
      if (count < 0) throw new ErrnoError(EINTR);
      return count;
    },
    fsync() {},
  };
}

function setStreams(pyodide, terminals, size) {
  pyodide.setStdin(inputDevice(terminals[0], pyodide.FS.ErrnoError));
  pyodide.setStdout(outputDevice(1, terminals[1], size));
  pyodide.setStderr(outputDevice(2, terminals[2], size));
}

// Python's stack as C sees it, innermost first; works when Python itself can run no more.
function dumpTraceback(module) {
  captured = [];
  try {
    module._dump_traceback();
    return captured.map((bytes) => native.utf8Decode(bytes, false)).join("");
  } catch {
    return "";
  } finally {
    captured = null;
  }
}

// A memory that refuses to grow past `limit`, and says so. The hard limit is the kernel's.
function boundMemory(memory, limit) {
  const grow = memory.grow.bind(memory);
  memory.grow = (pages) => {
    const wanted = pages * 65536;
    try {
      if (memory.buffer.byteLength + wanted <= limit.bytes) return grow(pages);
    } catch {
      // Refused by V8 or the kernel: for the guest it is the same.
    }
    native.memoryRefused(wanted);
    throw new RangeError("the memory limit of this sandbox is reached");
  };
}

// The byte by which another thread interrupts Python, as Pyodide wants it: it looks at element 0 every
// few instructions and sets it to 0 each time. What arrives between the two must not be lost.
function interruptBuffer(bytes) {
  let seen = 0;
  return {
    get 0() {
      return (seen = bytes[0]);
    },
    set 0(value) {
      if (seen !== 0) Atomics.compareExchange(bytes, 0, seen, value);
    },
  };
}

// Emscripten keeps a buffer of random bytes for its devices, which would be in an image: the same for
// all who continue from it. These keep nothing.
function unbufferRandomDevices(FS) {
  const MAX = 65536; // of getRandomValues()
  for (const name of ["random", "urandom"]) {
    FS.getDevice(FS.lookupPath(`/dev/${name}`).node.rdev).stream_ops.read = (stream, buffer, offset, length) => {
      for (let at = 0; at < length; at += MAX) {
        crypto.getRandomValues(buffer.subarray(offset + at, offset + Math.min(length, at + MAX)));
      }
      return length;
    };
  }
}

// Replaces Pyodide's handler of fatal errors, which prints advice for Pyodide's developers.
function reportFatalErrors(pyodide) {
  pyodide._api.fatal_error = (error) => {
    const reason = classify(error);
    const exit = reason === "exit";
    const where = exit ? "" : dumpTraceback(pyodide._module);
    native.crash(reason, exit ? String(error.status) : `${error}\n${where}`);
    if (typeof error === "object" && error !== null) error.pyodide_fatal_error = true;
    throw error;
  };
}

// Has Pyodide fetch the packages of the lock file, from the host's memory, and unpack and link them.
async function unpack(pyodide, { lock, wheels }) {
  native.localFetch = async (url) => {
    const name = decodeURIComponent(String(url).slice(PACKAGES.length));
    const bytes = wheels[name];
    delete wheels[name]; // so that it is not in the image
    return { ok: bytes !== undefined, arrayBuffer: async () => bytes };
  };
  const names = Object.keys(JSON.parse(lock));
  const problems = [];
  const loaded = await pyodide.loadPackage(names, {
    messageCallback() {},
    errorCallback: (text) => problems.push(text),
  });
  native.localFetch = null;
  if (problems.length > 0 || loaded.length !== names.length) throw problems.join(" ");
}

async function boot() {
  native.step("modules");
  // Of its own packages what Pyodide checks only: they are offered by whoever makes an image.
  const { info, packages: offered } = JSON.parse(native.utf8Decode(native.assets["pyodide-lock.json"], true));
  // Which package a module is of, for those that are missing.
  const packageOf = { __proto__: null };
  for (const { name, imports } of Object.values(offered)) {
    for (const module of imports) packageOf[module] ??= name;
  }
  const { loadPyodide } = await import(ROOT + "pyodide.mjs");
  const { default: createModule } = await import(ROOT + "pyodide.asm.mjs");
  native.step("pyodide");
  const pyodide = await loadPyodide({
    indexURL: ROOT,
    // Emscripten would make WebSockets of C's sockets, which no server of a program's expects: none is
    // made of this URL, and connect() fails at once.
    createPyodideModule: (settings) => createModule(Object.assign(settings, { websocket: { url: "none:" } })),
    lockFileContents: { info, packages: JSON.parse(native.packages?.lock ?? "{}") },
    packageBaseUrl: PACKAGES,
    env: { HOME: "/home/guest", LANG: "C.UTF-8", PYTHONDONTWRITEBYTECODE: "1" },
    stdout: () => {},
    // Emscripten's own complaints: of use when boot fails, noise in a guest's output.
    stderr: (text) => booting && native.write(2, native.utf8Encode(text + "\n")),
  });
  booting = false;
  native.localFetch = null;
  native.step("runner");

  const { FS, _module: module, _api: api } = pyodide;
  // Opens them anew, which takes its time: only when something is to be different.
  let streams = "";
  const needStreams = (terminals, columns, rows) => {
    const wanted = `${terminals} ${columns} ${rows}`;
    if (wanted === streams) return;
    setStreams(pyodide, terminals, { columns, rows });
    streams = wanted;
  };
  needStreams([false, false, false], 80, 24);
  const limit = { bytes: Infinity };
  boundMemory(module.memory, limit);
  unbufferRandomDevices(FS);
  reportFatalErrors(pyodide);
  pyodide.setInterruptBuffer(interruptBuffer(native.interrupts));
  const denials = { last: "" }; // why the last thing was refused for want of a permission
  const files = native.makeFiles(pyodide, denials);
  const packages = native.makePackages(pyodide);
  // Modules of ours; those of packages do not take their place.
  const placeModules = () => {
    for (const [name, bytes] of Object.entries(native.guest)) FS.writeFile(`${api.sitePackages}/${name}`, bytes);
  };
  placeModules();
  const runner = pyodide.pyimport("_v8py");
  const { PythonError } = pyodide.ffi;
  // What interrupts a wait is raised at once: Python itself looks for it now and then only.
  const callFromPython = (name, args, data) => {
    const reply = native.call(name, args, data);
    if (reply === null) pyodide.checkInterrupt();
    if (reply?.[0] === "EACCES") denials.last = reply[1];
    return reply;
  };
  // The same without waiting: a promise of the reply.
  const askFromPython = async (name, args, data) => {
    try {
      const { result, bytes } = await native.ask(name, JSON.parse(args), data);
      return ["", "", JSON.stringify(result), bytes];
    } catch (error) {
      native.noteDenial(error);
      return [error.errno ?? "EIO", error.message, "null", new Uint8Array()];
    }
  };
  const readForPython = (descriptor, offset, size) => {
    const bytes = new Uint8Array(size);
    const got = native.readAt(descriptor, bytes, offset);
    if (got < 0) throw new FS.ErrnoError(29);
    return bytes.subarray(0, got);
  };
  // native.receive() into the memory of a Python buffer.
  const receiveForPython = (descriptor, buffer, patience) => {
    const view = buffer.getBuffer("u8");
    try {
      const got = native.receive(descriptor, view.data, patience);
      if (got === -4) pyodide.checkInterrupt(); // EINTR
      return got;
    } finally {
      view.release();
    }
  };
  native.noteDenial = ({ errno, message }) => {
    if (errno === "EACCES") denials.last = message;
  };
  // Python's own exception, to be thrown through to it; undefined when it is another error.
  native.deniedError = (error) => {
    native.noteDenial(error);
    try {
      if (error.errno === "EACCES") runner.raise_denied(error.message);
    } catch (python) {
      return python;
    }
  };
  const runProgram = runner.run;
  const tellStop = runner.tell_stop;
  const interruptProgram = runner.interrupt;
  const renew = runner.renew;
  runner.prepare(native.finish, () => denials.last);
  pyodide.pyimport("_v8py_host").install(
    callFromPython, askFromPython, native.post, readForPython, receiveForPython, native.closeDescriptor,
    (descriptors) => packages.add(descriptors), () => JSON.stringify(files.changed()), (module) => packageOf[module] ?? "",
  );

  return {
    pyodideVersion: pyodide.version,
    pythonVersion: runner.python_version,

    // What makes an image of this interpreter. Each gives a promise.
    unpack: () => unpack(pyodide, native.packages).then(placeModules),
    compile: () => pyodide.pyimport("_v8py_image").compile_library.callPromising(),
    freeze: () => pyodide.pyimport("_v8py_image").freeze.callPromising(),
    async preload() {
      const { preload } = pyodide.pyimport("_v8py_image");
      const problem = await preload.callPromising(native.packages.preload);
      if (problem) throw problem; // the text alone: what a person reads
    },

    // Starts the program that `spec` (JSON text; undefined: as the one before) describes. Its end is told by native.finish() or
    // native.crash(). `source`: a string or a typed array.
    run(spec, name, source, terminals, columns, rows, memoryBytes, filesBytes, mounts, packs) {
      limit.bytes = memoryBytes || Infinity;
      denials.last = "";
      files.begin(mounts, filesBytes);
      if (packs.length > 0) packages.add(packs);
      needStreams(terminals, columns, rows);
      const newInput = inputUsed;
      inputUsed = false;
      runProgram
        .callPromising(spec, name, source, newInput)
        .catch((error) => {
          if (!(error instanceof PythonError)) throw error;
          tellStop(error.type);
        })
        .catch((error) => native.crash(classify(error), String(error?.stack ?? error)));
    },
    // Forgets what must not be the same in two processes that continue from the same memory.
    renew() {
      module._sqlite3_randomness(0, 0); // SQLite takes a new seed when it needs one
      renew();
    },
    // Raises the exception of signal `number` in a program that waits. False: nothing to wake.
    interrupt(number) {
      native.interrupts[0] = 0;
      return interruptProgram(number) === true;
    },
    reply: native.onReply,
    where: () => dumpTraceback(module),
    memoryBytes: () => module.memory.buffer.byteLength,
  };
}

return boot();
