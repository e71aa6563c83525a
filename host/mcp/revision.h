// The protocol's revisions, and what each does not know yet.
// modelcontextprotocol.io/specification/<revision>.
#pragma once

#include <optional>
#include <string_view>

#include "base/json.h"

namespace v8py::mcp {

enum class Revision { k2024_11_05, k2025_03_26, k2025_06_18, k2025_11_25, k2026_07_28 };

std::string_view NameOf(Revision revision);
std::optional<Revision> FindRevision(std::string_view name);
// The newest with a handshake: what a client is offered whose version nobody knows.
inline constexpr Revision kLastLegacy = Revision::k2025_11_25;
inline constexpr Revision kNewest = Revision::k2026_07_28;
// Member of _meta by which each request tells its revision, from the newest on.
inline constexpr const char* kVersionKey = "io.modelcontextprotocol/protocolVersion";
// All of them, the newest first.
Json SupportedVersions();

// Without a handshake, each request on its own.
inline bool IsModern(Revision revision) { return revision == Revision::k2026_07_28; }
inline bool HasBatches(Revision revision) { return revision == Revision::k2025_03_26; }
inline bool HasProgressMessages(Revision revision) { return revision >= Revision::k2025_03_26; }
inline bool HasStructuredContent(Revision revision) { return revision >= Revision::k2025_06_18; }
// Arguments that are wrong are the result of a tool, not an error of the protocol.
inline bool HasArgumentResults(Revision revision) { return revision >= Revision::k2025_11_25; }

// Takes out of a tool's definition, and of a tool's result, what a client of that revision has not
// heard of.
Json ToolFor(Revision revision, Json tool);
Json ToolResultFor(Revision revision, Json result);

}  // namespace v8py::mcp
