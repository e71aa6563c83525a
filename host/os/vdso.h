// The functions that the kernel maps into this process (vdso(7)): addresses differ from process to
// process, names do not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace v8py {

class Vdso {
 public:
  // Of this process. Has no functions when the kernel maps none.
  Vdso();

  uintptr_t begin() const { return begin_; }
  // Of the function that `address` is the first byte of; "" when there is none.
  std::string_view NameAt(uintptr_t address) const;
  // 0 when there is no such function.
  uintptr_t AddressOf(std::string_view name) const;

 private:
  uintptr_t begin_ = 0;
  uintptr_t bias_ = 0;  // what is added to the addresses of its symbols
  const void* symbols_ = nullptr;
  size_t symbol_count_ = 0;
  const char* names_ = nullptr;
};

}  // namespace v8py
