// Frames: how the supervisor and a worker cut a byte stream into messages.
// A frame is a 4-byte little-endian length, then that many bytes: one map in CBOR (RFC 8949), and
// after it the message's data, if it has some, as it is.
// The reader never allocates more than it was told a frame may hold: the peer is not trusted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace v8py {

// From a worker: small, because a worker may be hostile. To a worker: room for a program's source.
inline constexpr size_t kMaxFrameFromWorker = size_t{1} << 20;
inline constexpr size_t kMaxFrameToWorker = size_t{64} << 20;

// `payload` and `data`, with their length before them.
std::string EncodeFrame(std::string_view payload, std::string_view data = {});

class FrameReader {
 public:
  explicit FrameReader(size_t max_payload) : max_payload_(max_payload) {}

  // Takes bytes as they arrive, any number at a time.
  void Append(std::string_view bytes);
  // The next whole payload; nothing when more bytes are needed; an error (kWorld) when the peer
  // announces a frame that is too long. After an error the reader stays failed.
  Result<std::optional<std::string>> Next();

 private:
  size_t max_payload_;
  std::string buffer_;
  size_t consumed_ = 0;
  bool failed_ = false;
};

}  // namespace v8py
