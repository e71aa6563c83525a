// URL and URLSearchParams: whatwg-url, the reference implementation. It wants TextEncoder when it is
// loaded, which is there only once text.js has run: so it is loaded by a call.
import { define } from "./define.js";

export function installUrl(realm) {
  const { URL, URLSearchParams } = require("whatwg-url");
  define(realm, { URL, URLSearchParams });
}
