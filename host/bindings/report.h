// What a run has said about itself through native functions. Guest code can call them too, so this
// is what the guest claims; only the supervisor's own clock and limits are authority.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace v8py {

struct Report {
  // The runner's result as JSON text, once it has one.
  std::optional<std::string> finished;
  // Why Python can run no more ("stack", "wasm_trap", "exit", …) and the details.
  struct Crash {
    std::string reason;
    std::string detail;
  };
  std::optional<Crash> crashed;
  // Bytes by which WebAssembly memory was last to grow when the limit refused it; 0: never.
  uint64_t refused_bytes = 0;

  bool ended() const { return finished.has_value() || crashed.has_value(); }
};

}  // namespace v8py
