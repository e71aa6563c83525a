// TextEncoder and TextDecoder, as the WHATWG's encoding standard has them.
test("UTF-8 goes both ways, with every plane of Unicode", () => {
  const text = "a\u00e9\u20ac\u{1f600}\0";
  assertEquals(new TextDecoder().decode(new TextEncoder().encode(text)), text);
});

test("lone surrogates and malformed bytes become U+FFFD", () => {
  assertEquals([...new TextEncoder().encode("\ud800")], [0xef, 0xbf, 0xbd]);
  assertEquals(new TextDecoder().decode(new Uint8Array([0x61, 0xff, 0x62])), "a\ufffdb");
});

test("a fatal decoder throws a TypeError", () => {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  assertThrows(() => decoder.decode(new Uint8Array([0xff])), TypeError);
});

test("a byte order mark is dropped unless asked for", () => {
  const bytes = new Uint8Array([0xef, 0xbb, 0xbf, 0x61]);
  assertEquals(new TextDecoder().decode(bytes), "a");
  assertEquals(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes), "\ufeffa");
});

test("characters that are cut in two by a stream are whole", () => {
  const decoder = new TextDecoder();
  const first = decoder.decode(new Uint8Array([0xe2, 0x82]), { stream: true });
  assertEquals(first + decoder.decode(new Uint8Array([0xac])), "\u20ac");
  assertEquals(decoder.decode(new Uint8Array([0x61])), "a");
});

test("other encodings go by their labels", () => {
  assertEquals(new TextDecoder("latin1").encoding, "windows-1252");
  assertEquals(new TextDecoder("latin1").decode(new Uint8Array([0xe9])), "\u00e9");
  assertEquals(new TextDecoder("utf-16le").decode(new Uint8Array([0x41, 0])), "A");
  assertThrows(() => new TextDecoder("no-such-encoding"), RangeError);
});

test("encodeInto stops before a character that does not fit", () => {
  const target = new Uint8Array(4);
  assertEquals(new TextEncoder().encodeInto("a\u20ac\u20ac", target), { read: 2, written: 4 });
  assertEquals([...target], [0x61, 0xe2, 0x82, 0xac]);
});

test("buffers of every kind are taken, anything else is a TypeError", () => {
  const buffer = new Uint8Array([1, 0x61, 0x62, 2]).buffer;
  assertEquals(new TextDecoder().decode(new DataView(buffer, 1, 2)), "ab");
  assertEquals(new TextDecoder().decode(buffer.slice(1, 3)), "ab");
  assertEquals(new TextDecoder().decode(), "");
  for (const bad of [null, 1, "x", {}, Symbol("s")]) {
    assertThrows(() => new TextDecoder().decode(bad), TypeError);
  }
  assertThrows(() => new TextEncoder().encode(Symbol("s")), TypeError);
});
