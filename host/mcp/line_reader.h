// Lines from a descriptor, however they are cut into reads, of a bounded length.
#pragma once

#include <string>
#include <string_view>

namespace v8py::mcp {

class LineReader {
 public:
  explicit LineReader(size_t most) : most_(most) {}

  // Takes bytes, and calls `line` with each line that is complete now, without its end, and
  // `too_long` once for one that is longer than `most`, which is dropped.
  template <typename Line, typename TooLong>
  void Add(std::string_view bytes, Line line, TooLong too_long) {
    for (size_t end; (end = bytes.find('\n')) != std::string_view::npos;) {
      if (Append(bytes.substr(0, end))) too_long();
      if (!dropping_) line(std::string_view(text_));
      text_.clear();
      dropping_ = false;
      bytes.remove_prefix(end + 1);
    }
    if (Append(bytes)) too_long();
  }
  // What came after the last line's end.
  std::string TakeRest() { return dropping_ ? "" : std::move(text_); }

 private:
  // True when the line is too long from now on.
  bool Append(std::string_view bytes) {
    if (dropping_) return false;
    if (text_.size() + bytes.size() <= most_) {
      text_.append(bytes);
      return false;
    }
    std::string().swap(text_);
    dropping_ = true;
    return true;
  }

  const size_t most_;
  std::string text_;
  bool dropping_ = false;
};

}  // namespace v8py::mcp
