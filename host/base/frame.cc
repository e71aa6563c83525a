#include "base/frame.h"

namespace v8py {

namespace {

constexpr size_t kHeader = 4;
// Consumed bytes are dropped from the buffer only past this, so that reading stays linear.
constexpr size_t kCompactAt = size_t{64} << 10;

size_t ReadLength(std::string_view header) {
  size_t length = 0;
  for (size_t i = kHeader; i-- > 0;) length = length << 8 | static_cast<unsigned char>(header[i]);
  return length;
}

}  // namespace

std::string EncodeFrame(std::string_view payload, std::string_view data) {
  size_t size = payload.size() + data.size();
  std::string frame;
  frame.reserve(kHeader + size);
  for (size_t i = 0; i < kHeader; ++i) frame += static_cast<char>(size >> (8 * i));
  frame += payload;
  frame += data;
  return frame;
}

void FrameReader::Append(std::string_view bytes) {
  if (failed_) return;
  if (consumed_ > kCompactAt || consumed_ == buffer_.size()) {
    buffer_.erase(0, consumed_);
    consumed_ = 0;
  }
  buffer_ += bytes;
}

Result<std::optional<std::string>> FrameReader::Next() {
  if (failed_) return Fail(WorldError("the stream of frames is broken"));
  std::string_view rest = std::string_view(buffer_).substr(consumed_);
  if (rest.size() < kHeader) return std::optional<std::string>();
  size_t length = ReadLength(rest);
  if (length > max_payload_) {
    failed_ = true;
    buffer_.clear();
    return Fail(WorldError("a frame of " + std::to_string(length) + " bytes; at most " +
                           std::to_string(max_payload_) + " are allowed"));
  }
  if (rest.size() < kHeader + length) return std::optional<std::string>();
  consumed_ += kHeader + length;
  return std::optional<std::string>(rest.substr(kHeader, length));
}

}  // namespace v8py
