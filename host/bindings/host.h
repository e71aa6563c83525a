// What the realm may ask of the process around it. Everything else that JavaScript and Python do
// stays inside the isolate. The worker implements it over its socket, tests in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace v8py {

class Host {
 public:
  virtual ~Host() = default;

  // Standard output (1) or error (2). Returns when the bytes are on their way.
  virtual void Write(int stream, std::string_view bytes) = 0;

  // Standard input: blocks until there is some. Returns the number of bytes, 0 at the end of input,
  // or kInterrupted when the program is asked to stop.
  static constexpr long kInterrupted = -1;
  virtual long Read(char* data, size_t size) = 0;
};

}  // namespace v8py
