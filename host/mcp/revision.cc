#include "mcp/revision.h"

#include <utility>

namespace v8py::mcp {

namespace {

constexpr std::pair<std::string_view, Revision> kRevisions[] = {
    {"2026-07-28", Revision::k2026_07_28},
    {"2025-11-25", Revision::k2025_11_25},
    {"2025-06-18", Revision::k2025_06_18},
    {"2025-03-26", Revision::k2025_03_26},
    {"2024-11-05", Revision::k2024_11_05}};

// A link is text for clients that know none.
Json BlockFor(Revision revision, Json block) {
  if (revision >= Revision::k2025_06_18 || block["type"] != "resource_link") return block;
  return {{"type", "text"},
          {"text", block["name"].get<std::string>() + ": " + block["uri"].get<std::string>()}};
}

}  // namespace

std::string_view NameOf(Revision revision) {
  for (const auto& [name, known] : kRevisions) {
    if (known == revision) return name;
  }
  return "";
}

std::optional<Revision> FindRevision(std::string_view name) {
  for (const auto& [known, revision] : kRevisions) {
    if (known == name) return revision;
  }
  return std::nullopt;
}

Json SupportedVersions() {
  Json names = Json::array();
  for (const auto& [name, revision] : kRevisions) names.push_back(name);
  return names;
}

Json ToolFor(Revision revision, Json tool) {
  if (revision < Revision::k2025_06_18) {
    tool.erase("title");
    tool.erase("outputSchema");
  }
  if (revision < Revision::k2025_03_26) tool.erase("annotations");
  return tool;
}

Json ToolResultFor(Revision revision, Json result) {
  if (!HasStructuredContent(revision)) result.erase("structuredContent");
  Json blocks = Json::array();
  for (Json& block : result["content"]) blocks.push_back(BlockFor(revision, std::move(block)));
  result["content"] = std::move(blocks);
  return result;
}

}  // namespace v8py::mcp
