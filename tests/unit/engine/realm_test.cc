#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "engine/convert.h"
#include "unit/engine/fixture.h"

namespace v8py {

std::string RealmFixture::Run(std::string_view source) {
  std::string text;
  Status status = realm.Enter([&](const Scope& scope) -> Status {
    auto value = realm.RunBootScript(scope, "test.js", source, MakeNative(scope, bindings));
    if (!value) return value.error();
    if ((*value)->IsPromise()) {
      auto promise = value->As<v8::Promise>();
      Status ran = realm.loop().RunUntil(
          scope, [&] { return promise->State() != v8::Promise::kPending; }, {});
      if (!ran.ok()) return ran;
      *value = promise->Result();
    }
    text = TextOf(scope.isolate(), *value).value_or("not a string");
    return Ok();
  });
  return status.ok() ? text : std::string(CodeName(status.code())) + ": " + status.message();
}

TEST_CASE_FIXTURE(RealmFixture, "a boot script's exception becomes a status with file and line") {
  std::string error = Run("\n\nthrow new TypeError('no')");
  CHECK(error.starts_with("internal: test.js: test.js:3: TypeError: no"));
}

TEST_CASE_FIXTURE(RealmFixture, "a syntax error in a boot script is a status") {
  CHECK(Run("(").find("SyntaxError") != std::string::npos);
}

TEST_CASE_FIXTURE(RealmFixture, "code can be compiled from a string until the realm is sealed") {
  CHECK(Run("return eval('\"yes\"')") == "yes");
  REQUIRE(realm
              .Enter([&](const Scope& scope) {
                realm.Seal(scope);
                return Ok();
              })
              .ok());
  CHECK(Run("return eval('\"yes\"')").find("EvalError") != std::string::npos);
  CHECK(Run("return new Function('return \"yes\"')()").find("EvalError") != std::string::npos);
  CHECK(Run("return (async () => {}).constructor('')").find("EvalError") != std::string::npos);
}

TEST_CASE_FIXTURE(RealmFixture,
                  "a module that was added can be imported until the realm is sealed") {
  realm.modules().Add("app:a", "export { b } from 'app:b'; export const url = import.meta.url");
  realm.modules().Add("app:b", "export const b = await Promise.resolve('bee')");
  CHECK(Run("return import('app:a').then((m) => m.b + m.url)") == "beeapp:a");
  CHECK(Run("return import('app:c').catch((e) => String(e))") ==
        "TypeError: cannot import 'app:c': this realm has no modules");
  REQUIRE(realm
              .Enter([&](const Scope& scope) {
                realm.Seal(scope);
                return Ok();
              })
              .ok());
  CHECK(Run("return import('app:a').catch((e) => String(e))").starts_with("TypeError"));
}

TEST_CASE_FIXTURE(RealmFixture, "timers run in the order of their time, equal ones by age") {
  CHECK(Run("return new Promise((done) => {"
            "  let order = '';"
            "  native.setTimer(() => { order += 'c'; done(order) }, 20, false);"
            "  native.setTimer(() => { order += 'a' }, 1, false);"
            "  native.setTimer(() => { order += 'b' }, 1, false);"
            "  native.clearTimer(native.setTimer(() => { order += 'x' }, 0, false));"
            "})") == "abc");
}

TEST_CASE_FIXTURE(RealmFixture, "a repeating timer runs until it is cleared") {
  CHECK(Run("return new Promise((done) => {"
            "  let count = 0;"
            "  const id = native.setTimer(() => {"
            "    if (++count === 3) { native.clearTimer(id);"
            "      native.setTimer(() => done(String(count)), 20, false) }"
            "  }, 1, true);"
            "})") == "3");
}

TEST_CASE_FIXTURE(RealmFixture, "a running loop is ended by Terminate() and the isolate lives on") {
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    isolate.Terminate();
  });
  CHECK(Run("for (;;) {}").starts_with("limit: "));
  other.join();
  isolate.ClearTermination();
  CHECK(Run("return 'alive'") == "alive");
}

TEST_CASE_FIXTURE(RealmFixture, "a wait for nothing is ended by Terminate() and Wake()") {
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    isolate.Terminate();
    realm.loop().Wake();
  });
  CHECK(Run("return new Promise(() => {})").starts_with("limit: "));
  other.join();
  isolate.ClearTermination();
}

TEST_CASE_FIXTURE(RealmFixture, "a heap that is full ends the script and nothing else") {
  CHECK(Run("const all = []; for (;;) all.push({a:1,b:[2]})").starts_with("limit: "));
  CHECK(isolate.heap_exhausted());
  isolate.ClearTermination();
  CHECK(Run("return 'alive'") == "alive");
}

TEST_CASE_FIXTURE(RealmFixture, "every native function refuses arguments of other types") {
  std::string report =
      Run("const bad = [undefined, null, 1n, 'x', Symbol('s'), {}, () => {}, NaN, -1, 2 ** 53,"
          "  new Proxy({}, {}), new Proxy(() => {}, {}), new Uint8Array(new ArrayBuffer(8)).buffer,"
          "  new DataView(new ArrayBuffer(4)), Object.create(Uint8Array.prototype)];"
          "const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); bad.push(proxy);"
          "let traps = 0;"
          "bad.push(new Proxy(new Uint8Array(4), { get() { traps++; throw 1 },"
          "  getPrototypeOf() { traps++; throw 1 } }));"
          "for (const [name, f] of Object.entries(native)) {"
          "  if (name === 'read') continue;"
          "  for (const a of [...bad]) for (const b of [...bad, undefined]) {"
          "    try { f(a, b) } catch (e) {"
          "      if (!(e instanceof Error)) return name + ' threw ' + String(e);"
          "    }"
          "  }"
          "}"
          "return 'traps ' + traps;");
  CHECK(report == "traps 0");
}

TEST_CASE_FIXTURE(RealmFixture, "UTF-8 goes both ways, malformed bytes are replaced or refused") {
  CHECK(Run("const t = 'a\\u00e9\\u20ac\\u{1f600}';"
            "return native.utf8Decode(native.utf8Encode(t), true) === t ? 'same' : 'other'") ==
        "same");
  CHECK(Run("return native.utf8Decode(new Uint8Array([0x61, 0xff]), false)") == "a\xEF\xBF\xBD");
  for (const char* bytes :
       {"0xff", "0xc0,0x80", "0xed,0xa0,0x80", "0xf4,0x90,0x80,0x80", "0xe2,0x82"}) {
    std::string source =
        "native.utf8Decode(new Uint8Array([" + std::string(bytes) + "]), true); return 'accepted'";
    CHECK(Run(source).find("TypeError") != std::string::npos);
  }
}

TEST_CASE_FIXTURE(RealmFixture, "random bytes differ each time") {
  CHECK(Run("const a = new Uint8Array(32), b = new Uint8Array(32);"
            "native.randomFill(a); native.randomFill(b);"
            "return a.join() === b.join() ? 'same' : 'different'") == "different");
}

TEST_CASE_FIXTURE(RealmFixture, "worker threads can be stopped and start again with new work") {
  CHECK(Run("return 'warm'") == "warm");
  TestEngine().platform().workers().Stop();
  // Compiling WebAssembly posts background tasks.
  CHECK(Run("return WebAssembly.compile(new Uint8Array([0,97,115,109,1,0,0,0]))"
            ".then((m) => m instanceof WebAssembly.Module ? 'compiled' : 'no')") == "compiled");
}

}  // namespace v8py
