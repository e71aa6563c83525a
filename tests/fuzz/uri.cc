// Names of resources, as a client gives them.
#include "mcp/uri.h"

#include "fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace v8py;
  using namespace v8py::fuzz;
  std::string_view text = Text(data, size);
  if (Result<mcp::Uri> uri = mcp::ParseUri(text)) {
    Must(!uri->path.empty() && uri->owner.find('/') == uri->owner.npos, "a name has its parts");
    std::string made = mcp::MakeUri(uri->kind, uri->owner, uri->path);
    Result<mcp::Uri> again = mcp::ParseUri(made);
    Must(
        again && again->kind == uri->kind && again->owner == uri->owner && again->path == uri->path,
        "a name goes both ways", made);
  }
  if (text.empty()) return 0;
  // Any path has a name of plain characters.
  std::string made = mcp::MakeUri("run", "a", text);
  Result<mcp::Uri> uri = mcp::ParseUri(made);
  Must(uri && uri->path == text, "a path goes both ways", made);
  for (unsigned char c : made) Must(c > ' ' && c < 0x7f, "a name is plain", made);
  return 0;
}
