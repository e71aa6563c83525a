// Everything else: events, aborting, URL, structured clone, console, clock, randomness, and the
// looks of a web worker, which Pyodide and Emscripten go by.
import structuredClone from "core-js-pure/actual/structured-clone";
import DOMException from "core-js-pure/actual/dom-exception";
import atob from "core-js-pure/actual/atob";
import btoa from "core-js-pure/actual/btoa";
import { Event, EventTarget } from "event-target-shim";
import * as abort from "abortcontroller-polyfill/dist/cjs-ponyfill.js";
import { define } from "./define.js";

const then = Promise.prototype.then;
const MAX_RANDOM = 65536;

function consoleFor(native) {
  const show = (value) => {
    if (typeof value === "string") return value;
    try {
      return value instanceof Error ? String(value.stack) : String(value);
    } catch {
      return "something that cannot be shown";
    }
  };
  const printer = (stream) => (...values) => {
    native.write(stream, native.utf8Encode(values.map(show).join(" ") + "\n"));
  };
  const [out, err] = [printer(1), printer(2)];
  return { log: out, info: out, debug: out, warn: err, error: err, trace: err };
}

function cryptoFor(native) {
  const getRandomValues = (view) => {
    if (!ArrayBuffer.isView(view) || view instanceof DataView) {
      throw new TypeError("getRandomValues() takes a typed array");
    }
    if (view.byteLength > MAX_RANDOM) {
      throw new DOMException(`more than ${MAX_RANDOM} bytes`, "QuotaExceededError");
    }
    native.randomFill(view);
    return view;
  };
  const randomUUID = () => {
    const bytes = getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40; // RFC 9562: version 4
    bytes[8] = (bytes[8] & 0x3f) | 0x80; // and variant 10
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };
  return { getRandomValues, randomUUID };
}

export function installPlatform(native, realm) {
  class AbortController extends abort.AbortController {
    // The package tells listeners again each time.
    abort(reason) {
      if (!this.signal.aborted) super.abort(reason);
    }
  }
  // Which the package lacks.
  abort.AbortSignal.abort = (reason) => {
    const controller = new AbortController();
    controller.abort(reason);
    return controller.signal;
  };
  class WorkerGlobalScope {
    static [Symbol.hasInstance](value) {
      return value === realm;
    }
  }
  const settled = Promise.resolve();
  const queueMicrotask = (callback) => {
    if (typeof callback !== "function") {
      throw new TypeError("queueMicrotask() takes a function");
    }
    then.call(settled, () => {
      try {
        callback();
      } catch (error) {
        realm.console.error(error);
      }
    });
  };
  // V8's own would go on from the same state in every process that continues from an image.
  realm.Math.random = () => native.randomNumber();

  define(realm, {
    AbortController,
    AbortSignal: abort.AbortSignal,
    DOMException,
    Event,
    EventTarget,
    WorkerGlobalScope,
    atob,
    btoa,
    console: consoleFor(native),
    crypto: cryptoFor(native),
    location: { href: "file:///", origin: "null", protocol: "file:", toString: () => "file:///" },
    navigator: { userAgent: "v8py", language: "en-US", languages: ["en-US"], hardwareConcurrency: 1 },
    performance: {
      now: () => native.now(),
      // Asked each time: the clock that now() reads stands still between two processes.
      get timeOrigin() {
        return native.timeOrigin();
      },
    },
    queueMicrotask,
    self: realm,
    structuredClone,
  });
}
