// What a JavaScript test file finds: test(), assert(), assertEquals(), assertThrows().
// The body of a function (native, globalThis) → {run}: run() settles when all tests have run and
// gives [{name, error}], error being undefined for a test that passed.
"use strict";

const tests = [];

function show(value) {
  if (typeof value === "string") return JSON.stringify(value);
  try {
    return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
  } catch {
    return "something that cannot be shown";
  }
}

function equal(a, b) {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const keys = Reflect.ownKeys(a);
  if (keys.length !== Reflect.ownKeys(b).length) return false;
  if (a instanceof Map || a instanceof Set) return equal([...a], [...b]);
  if (a instanceof Date) return a.getTime() === b.getTime();
  return keys.every((key) => equal(a[key], b[key]));
}

function define(name, value) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

define("test", (name, body) => tests.push({ name, body }));
define("assert", (condition, message) => {
  if (!condition) throw new Error(message ?? "assertion failed");
});
define("assertEquals", (actual, expected, message) => {
  if (!equal(actual, expected)) {
    throw new Error(`${message ?? "not equal"}: got ${show(actual)}, expected ${show(expected)}`);
  }
});
define("assertThrows", (body, kind) => {
  try {
    body();
  } catch (error) {
    if (kind && !(error instanceof kind)) {
      throw new Error(`threw ${error}, expected ${kind.name}`);
    }
    return error;
  }
  throw new Error("nothing was thrown");
});

return {
  async run() {
    const results = [];
    for (const { name, body } of tests) {
      try {
        await body();
        results.push({ name });
      } catch (error) {
        results.push({ name, error: String(error?.stack ?? error) });
      }
    }
    return JSON.stringify(results);
  },
};
