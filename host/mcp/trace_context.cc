#include "mcp/trace_context.h"

#include "mcp/token.h"

namespace v8py::mcp {

namespace {

constexpr size_t kLength = 55;  // 00-<trace id>-<span id>-<flags>

// Lower case only, as the specification has it.
bool IsHex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == text.npos;
}

bool IsId(std::string_view text) { return IsHex(text) && text.find_first_not_of('0') != text.npos; }

}  // namespace

std::optional<TraceContext> ParseTraceparent(std::string_view text) {
  if (text.size() < kLength || text[2] != '-' || text[35] != '-' || text[52] != '-') {
    return std::nullopt;
  }
  std::string_view version = text.substr(0, 2), trace = text.substr(3, 32);
  std::string_view span = text.substr(36, 16), flags = text.substr(53, 2);
  if (!IsHex(version) || version == "ff" || !IsId(trace) || !IsId(span) || !IsHex(flags)) {
    return std::nullopt;
  }
  // Later versions may have more, after another dash.
  bool more = text.size() > kLength;
  if (more && (version == "00" || text[kLength] != '-')) return std::nullopt;
  uint32_t bits = static_cast<uint32_t>(std::stoul(std::string(flags), nullptr, 16));
  return TraceContext{std::string(trace), std::string(span), bits};
}

std::string MakeTraceId() { return MakeToken(); }

std::string MakeSpanId() { return MakeToken().substr(0, 16); }

}  // namespace v8py::mcp
