// What may be given for bytes: to fetch(), to a WebSocket.

// A copy of its bytes, and whether it was text.
export function bytesOf(data, TextEncoder) {
  if (data instanceof ArrayBuffer) return [new Uint8Array(data.slice(0)), false];
  if (ArrayBuffer.isView(data)) {
    return [new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice(), false];
  }
  if (typeof data?.getBuffer === "function") {
    const buffer = data.getBuffer("u8"); // Python's bytes
    const bytes = buffer.data.slice();
    buffer.release();
    return [bytes, false];
  }
  return [new TextEncoder().encode(String(data)), true];
}
