// Tools for the files of a session.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "mcp/tools.h"

namespace v8py::mcp {

// What is given of a file at once: a line to a client stays below 4 MiB.
inline constexpr size_t kMostFile = size_t{2} << 20;

Json UploadFileDefinition(const Settings& settings);
Json UploadFile(ToolContext& context);
Json ListFilesDefinition(const Settings& settings);
Json ListFiles(ToolContext& context);
Json ReadFileDefinition(const Settings& settings);
Json ReadFile(ToolContext& context);
Json DeleteFileDefinition(const Settings& settings);
Json DeleteFile(ToolContext& context);

// For resources/read. In the session's turn.
Result<std::string> ReadFromSession(Interpreters& interpreters, Session& session,
                                    const std::string& path, ToolCall& call);
// A MIME type by a file's name, or by what is in it.
std::string TypeOf(std::string_view path, std::string_view bytes);
// As an item of "contents": text when it is one, base64 otherwise.
Json ContentOf(const std::string& uri, const std::string& bytes, const std::string& type);

}  // namespace v8py::mcp
