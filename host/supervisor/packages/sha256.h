// SHA-256, and the SHA-1 of WebSockets, by the machine's OpenSSL, which is loaded when it is first
// needed.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace v8py {

class Sha256 {
 public:
  // kWorld when there is no OpenSSL here.
  static Result<Sha256> Begin();

  void Add(std::string_view bytes);
  // In lower-case hexadecimal. Once.
  std::string Finish();

 private:
  explicit Sha256(void* context);
  std::shared_ptr<void> context_;  // of OpenSSL's; one owner, shared for its deleter
};

// 20 bytes. For what asks for it and needs no strong hash.
Result<std::string> Sha1(std::string_view text);

// Of a whole file, from its beginning; the descriptor's offset stays.
Result<std::string> Sha256OfFile(int fd);

}  // namespace v8py
