// HTTP as JavaScript has it: fetch(), Headers, Request, Response (Fetch standard). The supervisor
// makes the requests, and checks them. Partner: xhr.js.
import { ReadableStream } from "web-streams-polyfill";
import { bytesOf } from "./bytes.js";
import { define } from "./define.js";
import { CallError, MAX_PART } from "./calls.js";
import { Headers } from "./headers.js";
import { makeXhr } from "./xhr.js";

// A message says for itself how it is sent: as in a browser, what is set here is dropped.
const OURS = new Set([
  "accept-encoding", "connection", "content-length", "expect", "host", "keep-alive", "te",
  "trailer", "transfer-encoding", "upgrade", "via",
]);
const isOurs = (name) => OURS.has(name) || name.startsWith("proxy-");

export function installHttp(native, realm, calls) {
  const { AbortController, DOMException, TextDecoder, TextEncoder, URL, URLSearchParams } = realm;
  let last = 0; // exchange

  // What a caller gets for a CallError.
  function failure(error) {
    if (!(error instanceof CallError)) return error;
    native.noteDenial?.(error);
    if (error.errno === "ECANCELED") return new DOMException("the request was aborted", "AbortError");
    return new TypeError(error.message);
  }

  function serialize(url) {
    const parsed = new URL(url, realm.location.href);
    parsed.hash = "";
    return parsed.href.replaceAll("\\", "%5C");
  }

  // ---- Bodies ----

  // {bytes} or {stream}, and the type that goes with it.
  function extract(body) {
    if (body === null || body === undefined) return { bytes: null };
    if (body instanceof ReadableStream) return { stream: body };
    if (body instanceof URLSearchParams) {
      const type = "application/x-www-form-urlencoded;charset=UTF-8";
      return { bytes: new TextEncoder().encode(body.toString()), type };
    }
    const [bytes, isText] = bytesOf(body, TextEncoder);
    return isText ? { bytes, type: "text/plain;charset=UTF-8" } : { bytes };
  }

  function join(parts) {
    if (parts.length === 1) return parts[0];
    const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  // The mixin of requests and responses. `source`: {bytes}, {stream} or {next}: a function that
  // promises the next bytes, and null after the last.
  class Body {
    #source;
    #stream = null;
    #used = false;

    constructor(source) {
      this.#source = source;
    }
    get body() {
      if (this.#stream || this.#source.bytes === null) return this.#stream;
      const { bytes, stream } = this.#source;
      let { next } = this.#source;
      next ??= (() => {
        let given = false;
        return async () => (given || bytes.length === 0 ? null : ((given = true), bytes));
      })();
      const pull = async (controller) => {
        const part = await next();
        part === null ? controller.close() : controller.enqueue(part);
      };
      const cancel = () => this.#source.cancel?.();
      this.#stream = stream ?? new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
      return this.#stream;
    }
    get bodyUsed() {
      const stream = this.#stream ?? this.#source.stream;
      // Of the polyfill's: that somebody has read or cancelled it.
      return this.#used || Boolean(stream?.locked || stream?._disturbed);
    }
    async #all() {
      if (this.bodyUsed) throw new TypeError("the body has been read already");
      const { bytes, next } = this.#source;
      if (bytes === null) return new Uint8Array(0);
      this.#used = true;
      if (bytes && !this.#stream) return bytes.slice();
      const parts = [];
      if (next && !this.#stream) {
        for (let part; (part = await next()) !== null; ) parts.push(part);
      } else {
        const reader = this.body.getReader();
        for (let part; !(part = await reader.read()).done; ) parts.push(part.value);
      }
      return join(parts);
    }
    async arrayBuffer() {
      const bytes = await this.#all();
      return bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
    }
    async bytes() {
      return this.#all();
    }
    async text() {
      return new TextDecoder().decode(await this.#all());
    }
    async json() {
      return JSON.parse(await this.text());
    }
    // Two sources of the same bytes.
    _tee() {
      if (this.bodyUsed) throw new TypeError("the body has been read already");
      if (this.#source.bytes !== undefined) return this.#source;
      const [mine, other] = this.body.tee();
      this.#stream = mine;
      this.#source = { stream: mine };
      return { stream: other };
    }
  }

  class Request extends Body {
    constructor(input, init = {}) {
      const from = input instanceof Request ? input : null;
      const source =
        init.body !== undefined && init.body !== null ? extract(init.body) : (from?._tee() ?? { bytes: null });
      super(source);
      const method = String(init.method ?? from?.method ?? "GET");
      const upper = method.toUpperCase();
      const usual = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
      this.method = usual.includes(upper) ? upper : method;
      if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(method)) throw new TypeError(`'${method}' is no method`);
      if (["CONNECT", "TRACE", "TRACK"].includes(upper)) throw new TypeError(`${method} is not allowed`);
      if (source.bytes !== null && (upper === "GET" || upper === "HEAD")) {
        throw new TypeError(`a ${upper} request has no body`);
      }
      this.url = from ? from.url : serialize(input);
      this.headers = new Headers(init.headers ?? from?.headers);
      if (source.type && !this.headers.has("content-type")) this.headers.set("content-type", source.type);
      this.redirect = init.redirect ?? from?.redirect ?? "follow";
      this.signal = init.signal ?? from?.signal ?? new AbortController().signal;
      this.cache = init.cache ?? from?.cache ?? "default";
      this.credentials = init.credentials ?? from?.credentials ?? "same-origin";
      this.mode = init.mode ?? from?.mode ?? "cors";
      Object.defineProperty(this, "_source", { value: source });
    }
    clone() {
      return new Request(this);
    }
  }

  class Response extends Body {
    constructor(body = null, { status = 200, statusText = "", headers, _head, _source } = {}) {
      const source = _source ?? extract(body);
      super(source);
      this.status = status;
      this.statusText = statusText;
      this.ok = status >= 200 && status < 300;
      this.headers = new Headers(headers);
      if (source.type && !this.headers.has("content-type")) this.headers.set("content-type", source.type);
      this.type = _head ? "basic" : "default";
      this.url = _head?.url ?? "";
      this.redirected = _head?.redirected ?? false;
    }
    clone() {
      const { status, statusText, headers, url, redirected, type } = this;
      const _head = type === "basic" ? { url, redirected } : undefined;
      return new Response(null, { status, statusText, headers, _head, _source: this._tee() });
    }
    static error() {
      return new Response(null, { status: 0 });
    }
    static json(value, init = {}) {
      const headers = new Headers(init.headers);
      if (!headers.has("content-type")) headers.set("content-type", "application/json");
      return new Response(JSON.stringify(value), { ...init, headers });
    }
  }

  // ---- fetch() ----

  // Responses that nobody reads to their end give their connections back.
  const forgotten = new FinalizationRegistry((exchange) => void close(exchange));
  const close = (exchange) => calls.ask("net.close", [exchange]).catch(() => {});

  function headerList(headers) {
    return [...headers].filter(([name]) => !isOurs(name.toLowerCase()));
  }

  // Sends what is left of a body, `part` after `part`.
  async function sendBody(exchange, stream) {
    const reader = stream.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return calls.ask("net.send", [exchange, true]);
      const bytes = typeof value === "string" ? new TextEncoder().encode(value) : new Uint8Array(value);
      for (let at = 0; at < bytes.length; at += MAX_PART) {
        await calls.ask("net.send", [exchange, false], bytes.subarray(at, at + MAX_PART));
      }
    }
  }

  async function sendParts(exchange, bytes) {
    for (let at = MAX_PART; at < bytes.length; at += MAX_PART) {
      const part = bytes.subarray(at, at + MAX_PART);
      await calls.ask("net.send", [exchange, at + MAX_PART >= bytes.length], part);
    }
  }

  async function fetch(input, init) {
    if (native.localFetch) return native.localFetch(input);
    const request = new Request(input, init);
    const { signal } = request;
    const exchange = ++last;
    const { bytes, stream } = request._source;
    const more = Boolean(stream) || (bytes?.length ?? 0) > MAX_PART;
    const whole = bytes ? bytes.length : -1;
    const aborted = () => signal.reason ?? new DOMException("the request was aborted", "AbortError");
    if (signal.aborted) throw aborted();
    const onAbort = () => close(exchange);
    signal.addEventListener("abort", onAbort);
    const fail = (error) => {
      signal.removeEventListener("abort", onAbort);
      close(exchange);
      throw signal.aborted ? aborted() : failure(error);
    };
    let head;
    try {
      const list = headerList(request.headers);
      const args = [exchange, request.method, request.url, list, request.redirect, more, whole, 0];
      head = (await calls.ask("net.open", args, bytes?.subarray(0, MAX_PART))).result;
      if (more) {
        // Its failure is that of the whole, which says why.
        (stream ? sendBody(exchange, stream) : sendParts(exchange, bytes)).catch(() => {});
        head = (await calls.ask("net.head", [exchange])).result;
      }
    } catch (error) {
      return fail(error);
    }
    const [status, statusText, url, redirected, headers] = head;
    let ended = false;
    const next = async () => {
      if (ended) return null;
      try {
        const { result, bytes } = await calls.ask("net.read", [exchange]);
        ended = result;
        if (ended) {
          signal.removeEventListener("abort", onAbort);
          close(exchange);
        }
        return ended && bytes.length === 0 ? null : bytes;
      } catch (error) {
        ended = true;
        return fail(error);
      }
    };
    const hasBody = request.method !== "HEAD" && ![101, 204, 205, 304].includes(status);
    if (!hasBody) void next();
    // An empty body where the standard has none: urllib3 would take Pyodide's null for a stream.
    const _source = hasBody ? { next, cancel: () => close(exchange) } : { bytes: new Uint8Array(0) };
    const _head = { url, redirected };
    const response = new Response(null, { status, statusText, headers, _head, _source });
    if (hasBody) forgotten.register(response, exchange);
    return response;
  }

  define(realm, {
    Headers, ReadableStream, Request, Response, fetch,
    XMLHttpRequest: makeXhr({ native, realm, calls, serialize, headerList, extract, join, next: () => ++last }),
  });
}
