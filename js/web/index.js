// Puts the web APIs that Pyodide and its packages use into a realm that has V8's own names only.
// Runs first of the boot scripts. Natives stay in closures: none becomes reachable as itself.
// Rule: what a package needs at import time is installed by a module imported before it.
import { installText } from "./text.js";
import { installTimers } from "./timers.js";
import { installPlatform } from "./platform.js";
import { installUrl } from "./url.js";
import { makeCalls } from "./calls.js";
import { installHttp } from "./http.js";
import { installWebSocket } from "./websocket.js";

export default function install(native, realm) {
  installText(native, realm);
  installTimers(native, realm);
  installPlatform(native, realm);
  installUrl(realm);
  const calls = makeCalls(native);
  native.ask = calls.ask;
  installHttp(native, realm, calls);
  installWebSocket(native, realm, calls);
}
