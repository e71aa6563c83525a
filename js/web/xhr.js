// XMLHttpRequest. Partner: http.js.
import { MAX_PART } from "./calls.js";
import { Headers } from "./headers.js";

// XMLHttpRequest, without documents. A request that is not asynchronous blocks.
export function makeXhr({ native, realm, calls, serialize, headerList, extract, join, next }) {
  const { DOMException, Event, EventTarget, TextDecoder } = realm;
  const EVENTS = ["abort", "error", "load", "loadend", "loadstart", "progress", "readystatechange", "timeout"];
  const wrong = (text) => new DOMException(text, "InvalidStateError");

  class XMLHttpRequest extends EventTarget {
    static UNSENT = 0;
    static OPENED = 1;
    static HEADERS_RECEIVED = 2;
    static LOADING = 3;
    static DONE = 4;

    readyState = 0;
    responseType = "";
    responseURL = "";
    status = 0;
    statusText = "";
    timeout = 0;
    withCredentials = false;
    upload = new EventTarget();
    #method = "GET";
    #url = "";
    #async = true;
    #headers = new Headers();
    #received = [];
    #body = new Uint8Array(0);
    #type = null;
    #exchange = 0;

    open(method, url, async = true) {
      this.abort();
      this.#method = String(method);
      try {
        this.#url = serialize(url);
      } catch {
        throw new DOMException(`'${url}' is no URL`, "SyntaxError");
      }
      this.#async = Boolean(async);
      this.#headers = new Headers();
      this.#received = [];
      this.status = 0;
      this.#become(1);
    }
    setRequestHeader(name, value) {
      if (this.readyState !== 1) throw wrong("the request is not open");
      this.#headers.append(name, value);
    }
    overrideMimeType(type) {
      this.#type = String(type);
    }
    send(body = null) {
      if (this.readyState !== 1 || this.#exchange !== 0) throw wrong("the request is not open");
      const method = this.#method.toUpperCase();
      const source = extract(method === "GET" || method === "HEAD" ? null : body);
      if (source.stream) throw new TypeError("a stream cannot be sent");
      if (source.type && !this.#headers.has("content-type")) this.#headers.set("content-type", source.type);
      this.#exchange = next();
      if (this.#async) {
        this.#tell("loadstart");
        void this.#sendLater(source.bytes ?? new Uint8Array(0));
      } else {
        this.#sendNow(source.bytes ?? new Uint8Array(0));
      }
    }
    abort() {
      const exchange = this.#exchange;
      this.#exchange = 0;
      if (exchange !== 0) calls.ask("net.close", [exchange]).catch(() => {});
    }
    getResponseHeader(name) {
      return new Headers(this.#received).get(name);
    }
    getAllResponseHeaders() {
      return [...new Headers(this.#received)].map(([name, value]) => `${name}: ${value}\r\n`).join("");
    }
    get response() {
      switch (this.responseType) {
        case "arraybuffer":
          return this.readyState === 4 ? this.#body.slice().buffer : null;
        case "json":
          try {
            return JSON.parse(new TextDecoder().decode(this.#body));
          } catch {
            return null;
          }
        default:
          return this.responseText;
      }
    }
    get responseText() {
      const charset = /charset=["']?([^;"']+)/i.exec(this.#type ?? this.getResponseHeader("content-type") ?? "");
      try {
        return new TextDecoder(charset?.[1] ?? "utf-8").decode(this.#body);
      } catch {
        return new TextDecoder().decode(this.#body);
      }
    }

    #become(state) {
      this.readyState = state;
      this.#tell("readystatechange");
    }
    // A response that came in part is none.
    #fail() {
      this.#exchange = 0;
      this.#received = [];
      Object.assign(this, { status: 0, statusText: "", responseURL: "" });
    }
    #tell(type, fields = {}) {
      const event = Object.assign(new Event(type), fields);
      this[`on${type}`]?.call(this, event);
      this.dispatchEvent(event);
    }
    // The calls of a request, one after another: how each is made is the caller's to choose.
    *#steps(bytes) {
      const exchange = this.#exchange;
      const more = bytes.length > MAX_PART;
      const list = headerList(this.#headers);
      const size = bytes.length || -1;
      const args = [exchange, this.#method, this.#url, list, "follow", more, size, this.timeout];
      let { result } = yield { name: "net.open", args, data: bytes.subarray(0, MAX_PART) };
      for (let at = MAX_PART; at < bytes.length; at += MAX_PART) {
        const data = bytes.subarray(at, at + MAX_PART);
        yield { name: "net.send", args: [exchange, at + MAX_PART >= bytes.length], data };
      }
      if (more) ({ result } = yield { name: "net.head", args: [exchange] });
      const [status, statusText, url, , headers] = result;
      Object.assign(this, { status, statusText, responseURL: url });
      this.#received = headers;
      this.#become(2);
      const parts = [];
      let loaded = 0;
      for (let last = false; !last; ) {
        const { result, bytes } = yield { name: "net.read", args: [exchange] };
        last = result;
        parts.push(bytes);
        loaded += bytes.length;
        if (this.readyState === 2) this.#become(3);
        this.#tell("progress", { loaded, lengthComputable: false, total: 0 });
      }
      this.#body = join(parts);
      yield { name: "net.close", args: [exchange] };
    }
    #sendNow(bytes) {
      const steps = this.#steps(bytes);
      try {
        for (let step = steps.next(); !step.done; ) {
          const { name, args, data } = step.value;
          step = steps.next(calls.askNow(name, args, data));
        }
      } catch (error) {
        this.#fail();
        this.#become(4);
        if (error.errno === "ETIMEDOUT") throw new DOMException(error.message, "TimeoutError");
        const denied = native.deniedError?.(error); // Python's own
        if (denied || !error.errno) throw denied ?? error;
        throw new DOMException(error.message, "NetworkError");
      }
      this.#exchange = 0;
      this.#become(4);
      this.#tell("load");
      this.#tell("loadend");
    }
    async #sendLater(bytes) {
      const steps = this.#steps(bytes);
      const exchange = this.#exchange;
      let end = "load";
      try {
        for (let step = steps.next(); !step.done; ) {
          const { name, args, data } = step.value;
          step = steps.next(await calls.ask(name, args, data));
        }
      } catch (error) {
        end = error.errno === "ETIMEDOUT" ? "timeout" : error.errno === "ECANCELED" ? "abort" : "error";
      }
      if (this.#exchange !== 0 && this.#exchange !== exchange) return; // sent anew meanwhile
      if (end !== "load") this.#fail();
      this.#exchange = 0;
      this.#become(4);
      this.#tell(end);
      this.#tell("loadend");
    }
  }
  for (const type of EVENTS) XMLHttpRequest.prototype[`on${type}`] = null;
  return XMLHttpRequest;
}
