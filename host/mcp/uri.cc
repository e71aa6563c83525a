#include "mcp/uri.h"

namespace v8py::mcp {

namespace {

constexpr std::string_view kScheme = "v8py://";

bool IsPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~/").find(c) != std::string_view::npos;
}

int Digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::string MakeUri(std::string_view kind, std::string_view owner, std::string_view path) {
  std::string uri = std::string(kScheme) + std::string(kind) + "/" + std::string(owner) + "/";
  for (char c : path) {
    if (IsPlain(c)) {
      uri += c;
    } else {
      unsigned char byte = static_cast<unsigned char>(c);
      uri += {'%', "0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15]};
    }
  }
  return uri;
}

Result<Uri> ParseUri(std::string_view text) {
  Status wrong = CallerError("'" + std::string(text.substr(0, 200)) +
                             "' is no resource of this server: v8py://run/<run>/<path> or "
                             "v8py://session/<session>/<path>");
  if (!text.starts_with(kScheme)) return Fail(wrong);
  text.remove_prefix(kScheme.size());
  size_t first = text.find('/');
  size_t second = first == text.npos ? first : text.find('/', first + 1);
  if (second == text.npos) return Fail(wrong);
  Uri uri{std::string(text.substr(0, first)),
          std::string(text.substr(first + 1, second - first - 1)), ""};
  text.remove_prefix(second + 1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      uri.path += text[i];
      continue;
    }
    int high = i + 2 < text.size() ? Digit(text[i + 1]) : -1;
    int low = i + 2 < text.size() ? Digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return Fail(wrong);
    uri.path += static_cast<char>(high << 4 | low);
    i += 2;
  }
  if (uri.path.empty() || (uri.kind != "run" && uri.kind != "session")) return Fail(wrong);
  return uri;
}

}  // namespace v8py::mcp
