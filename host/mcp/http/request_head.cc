#include "mcp/http/request_head.h"

#include <strings.h>

#include <cstring>

namespace v8py::mcp {

HttpAccess::Header RequestHead::Find(const char* name) const {
  const char* value = library_.lookup_connection_value(connection_, MHD_HEADER_KIND, name);
  if (!value) return std::nullopt;
  // The library leaves white space behind it.
  std::string_view text = value;
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

McpHeaders RequestHead::OfMcp() const {
  auto find = [this](const char* name) -> std::optional<std::string> {
    HttpAccess::Header value = Find(name);
    if (!value) return std::nullopt;
    return std::string(*value);
  };
  return {find("MCP-Protocol-Version"), find("Mcp-Method"), find("Mcp-Name"),
          find("Mcp-Session-Id")};
}

bool RequestHead::IsClear() const {
  struct Counts {
    int hosts = 0, lengths = 0, blanks = 0;
  } counts;
  auto count = [](void* user, MHD_ValueKind, const char* name, const char*) {
    auto& counts = *static_cast<Counts*>(user);
    auto is = [name](const char* other) { return strcasecmp(name, other) == 0; };
    counts.hosts += is("Host");
    counts.lengths += is("Content-Length") || is("Transfer-Encoding");
    // The library takes a name as it stands, somebody else without the blank behind it.
    counts.blanks += strpbrk(name, " \t") != nullptr;
    return MHD_YES;
  };
  library_.get_connection_values(connection_, MHD_HEADER_KIND, count, &counts);
  return counts.hosts <= 1 && counts.lengths <= 1 && counts.blanks == 0;
}

}  // namespace v8py::mcp
