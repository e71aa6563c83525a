// TextEncoder and TextDecoder: @exodus/bytes, with V8's own UTF-8 for the common case.
import { define } from "./define.js";

function bytesOf(input) {
  if (input === undefined) return new Uint8Array(0);
  if (ArrayBuffer.isView(input)) {
    return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  }
  // Throws a TypeError for what is no buffer.
  return new Uint8Array(ArrayBuffer.prototype.slice.call(input, 0));
}

export function installText(native, realm) {
  class TextEncoder {
    get encoding() {
      return "utf-8";
    }
    encode(text = "") {
      return native.utf8Encode(`${text}`);
    }
    encodeInto(text, target) {
      const source = `${text}`;
      const bytes = native.utf8Encode(source);
      if (bytes.length <= target.length) {
        target.set(bytes);
        return { read: source.length, written: bytes.length };
      }
      // Cut before the character that does not fit.
      let written = target.length;
      while (written > 0 && (bytes[written] & 0xc0) === 0x80) written--;
      target.set(bytes.subarray(0, written));
      return { read: native.utf8Decode(bytes.subarray(0, written), false).length, written };
    }
  }

  define(realm, { TextEncoder });

  // The package takes what it finds when it is loaded: so it is loaded by a call, after the encoder.
  const { TextDecoder: AnyDecoder } = require("@exodus/bytes/encoding-lite.js");

  class TextDecoder extends AnyDecoder {
    #streaming = false;

    decode(input, options) {
      const stream = Boolean(options?.stream);
      if (this.encoding !== "utf-8" || stream || this.#streaming) {
        this.#streaming = stream;
        return super.decode(input, options);
      }
      let bytes = bytesOf(input);
      const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
      if (hasMark && !this.ignoreBOM) bytes = bytes.subarray(3);
      return native.utf8Decode(bytes, this.fatal);
    }
  }

  define(realm, { TextDecoder });
}
