// setTimeout() and its like. A string is never code: it is a TypeError.
import { define } from "./define.js";

const MAX_DELAY = 2 ** 31 - 1;

export function installTimers(native, realm) {
  function set(callback, delay, args, repeat) {
    if (typeof callback !== "function") {
      throw new TypeError("a timer's callback must be a function");
    }
    let milliseconds = Number(delay);
    // As in browsers: what is no delay, or too long a one, is none.
    if (!(milliseconds > 0 && milliseconds <= MAX_DELAY)) milliseconds = 0;
    const run = () => {
      try {
        callback(...args);
      } catch (error) {
        realm.console.error(error);
      }
    };
    return native.setTimer(run, milliseconds, repeat);
  }
  const clear = (id) => native.clearTimer(Number(id));

  define(realm, {
    setTimeout: (callback, delay, ...args) => set(callback, delay, args, false),
    setInterval: (callback, delay, ...args) => set(callback, delay, args, true),
    clearTimeout: clear,
    clearInterval: clear,
  });
}
