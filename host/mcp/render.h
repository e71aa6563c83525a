// What a client is given of a program's end: text as mcp-run-python gives it, a form for programs,
// images, links.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "mcp/program_run.h"
#include "mcp/settings.h"

namespace v8py::mcp {

// What one result holds at most. The strictest clients take 25,000 tokens of text.
inline constexpr size_t kMostText = 80'000;
inline constexpr size_t kMostImages = size_t{3} << 20;

// The text of a program's end; of a value or an error that is longer than `most` bytes the
// beginning and the end.
std::string TextOf(const Ended& ended, TextForm form, size_t most = std::string::npos);
// A text's beginning and end, `most` bytes, with what is missing between them.
std::string ShortenText(std::string text, size_t most);
// The same for packages that cannot be installed.
std::string InstallErrorText(const std::string& error, TextForm form);
// The result as an object, for outputSchema.
Json StructuredOf(const Ended& ended);
Json OutputSchema();
// Images that the program has shown, and its value if that is one, as content of a result; of more
// than kMostImages bytes the rest is only named.
Json ImagesOf(const Json& result);
// The MIME type of an image, by its first bytes; "": it is none that clients show.
std::string_view ImageType(std::string_view bytes);

// Shortens the lines to `most` bytes: their beginning and their end, and between them what is
// missing. True when there was more.
bool Shorten(std::vector<std::string>& lines, size_t most, const std::string& where);

// What a line to a client may have. A result that would have more loses, in this order, its form
// for programs, what is not text, and the middle of its text.
inline constexpr size_t kMostLine = size_t{4'000'000};
Json FitLine(Json result);

// A result of a tool: text, and whether it is an error that the model can do something about.
Json TextResult(std::string text);
Json ErrorResult(std::string text);
// The same text, and as an object.
Json StructuredResult(Json value);

}  // namespace v8py::mcp
