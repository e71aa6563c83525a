// WebSocket (WHATWG). The supervisor opens the connection, and checks it; the messages are its
// calls (host/supervisor/network/websocket.h).
import { bytesOf } from "./bytes.js";
import { CallError, MAX_PART } from "./calls.js";
import { define } from "./define.js";

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const EVENTS = ["close", "error", "message", "open"];

export function installWebSocket(native, realm, calls) {
  const { DOMException, Event, EventTarget, TextDecoder, TextEncoder, URL } = realm;
  let last = 0;

  class MessageEvent extends Event {
    constructor(type, { data = null, origin = "", ...rest } = {}) {
      super(type, rest);
      Object.assign(this, { data, origin });
    }
  }
  class CloseEvent extends Event {
    constructor(type, { code = 0, reason = "", wasClean = false, ...rest } = {}) {
      super(type, rest);
      Object.assign(this, { code, reason, wasClean });
    }
  }

  function parse(url) {
    let parsed;
    try {
      parsed = new URL(url);
    } catch {
      throw new DOMException(`'${url}' is no URL`, "SyntaxError");
    }
    if (parsed.protocol === "http:" || parsed.protocol === "https:") {
      parsed.protocol = parsed.protocol.replace("http", "ws");
    }
    if (!["ws:", "wss:"].includes(parsed.protocol)) {
      throw new DOMException(`'${url}' is no URL of a WebSocket: ws:// or wss://`, "SyntaxError");
    }
    if (parsed.hash) throw new DOMException(`'${url}' has a fragment`, "SyntaxError");
    return parsed;
  }

  class WebSocket extends EventTarget {
    static CONNECTING = 0;
    static OPEN = 1;
    static CLOSING = 2;
    static CLOSED = 3;

    readyState = 0;
    protocol = "";
    extensions = "";
    bufferedAmount = 0;
    #url;
    #number = ++last;
    #sending = Promise.resolve();

    constructor(url, protocols = []) {
      super();
      this.#url = parse(url);
      const list = [...(typeof protocols === "string" ? [protocols] : protocols)].map(String);
      if (list.some((name) => !TOKEN.test(name)) || new Set(list).size < list.length) {
        throw new DOMException("protocols are different names", "SyntaxError");
      }
      void this.#run(list);
    }
    get url() {
      return this.#url.href;
    }
    get binaryType() {
      return "arraybuffer";
    }
    set binaryType(type) {
      if (type !== "arraybuffer") throw new TypeError("there are no blobs here: binaryType is 'arraybuffer'");
    }

    send(data) {
      if (this.readyState === 0) throw new DOMException("the WebSocket is not open yet", "InvalidStateError");
      const [bytes, isText] = bytesOf(data, TextEncoder);
      this.bufferedAmount += bytes.length;
      if (this.readyState !== 1) return;
      this.#sending = this.#sending.then(() => this.#sendNow(bytes, isText)).catch(() => {});
    }
    close(code, reason = "") {
      if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
        throw new DOMException(`${code} is no code to close with: 1000, or 3000 to 4999`, "InvalidAccessError");
      }
      if (new TextEncoder().encode(reason).length > 123) {
        throw new DOMException("a reason has at most 123 bytes", "SyntaxError");
      }
      if (this.readyState >= 2) return;
      this.readyState = 2;
      const close = () => calls.ask("ws.close", [this.#number, code ?? 0, String(reason)]);
      this.#sending = this.#sending.then(close).catch(() => {});
    }

    async #sendNow(bytes, isText) {
      for (let at = 0; ; at += MAX_PART) {
        const part = bytes.subarray(at, at + MAX_PART);
        const more = at + MAX_PART < bytes.length;
        await calls.ask("ws.send", [this.#number, isText, more], part);
        this.bufferedAmount -= part.length;
        if (!more) return;
      }
    }
    async #run(protocols) {
      let end = { code: 1006 };
      try {
        const { result } = await calls.ask("ws.open", [this.#number, this.#url.href, protocols]);
        if (this.readyState !== 0) throw new CallError("ECANCELED", "it was closed before it was open");
        this.protocol = result;
        this.readyState = 1;
        this.#tell(new Event("open"));
        end = await this.#receive();
      } catch (error) {
        if (!(error instanceof CallError)) throw error;
        native.noteDenial?.(error);
        this.#fail(error.message);
      }
      this.readyState = 3;
      calls.ask("ws.drop", [this.#number]).catch(() => {});
      if (!end.wasClean && end.reason) {
        this.#fail(end.reason);
        end.reason = "";
      }
      this.#tell(new CloseEvent("close", end));
    }
    // Messages, until the end.
    async #receive() {
      for (;;) {
        const { result, bytes } = await calls.ask("ws.read", [this.#number]);
        const [kind, code, reason, wasClean] = result;
        if (kind === "close") return { code, reason, wasClean };
        if (this.readyState === 2) continue;
        const data = kind === "text" ? new TextDecoder().decode(bytes) : bytes.slice().buffer;
        this.#tell(new MessageEvent("message", { data, origin: this.#url.origin }));
      }
    }
    // A browser says nothing of why; a program that was written here may want to know.
    #fail(message) {
      this.#tell(Object.assign(new Event("error"), { message }));
    }
    #tell(event) {
      const handler = this[`on${event.type}`];
      try {
        if (typeof handler === "function") handler.call(this, event);
      } catch (error) {
        realm.console.error(error);
      }
      this.dispatchEvent(event);
    }
  }
  for (const type of EVENTS) WebSocket.prototype[`on${type}`] = null;
  for (const name of ["CONNECTING", "OPEN", "CLOSING", "CLOSED"]) WebSocket.prototype[name] = WebSocket[name];
  define(realm, { CloseEvent, MessageEvent, WebSocket });
}
