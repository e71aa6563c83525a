#include "mcp/render.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "base/base64.h"

namespace v8py::mcp {

namespace {

bool StartsWith(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() &&
         std::equal(lower.begin(), lower.end(), text.begin(), [](char a, char b) {
           return a == std::tolower(static_cast<unsigned char>(b));
         });
}

// The length of what looks like a tag of this name at the beginning of `text`, up to its ">" when
// that is on the same line; 0: it is none.
size_t TagLength(std::string_view text, std::string_view name) {
  size_t at = 1;
  if (at < text.size() && text[at] == '/') ++at;
  while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at]))) ++at;
  if (!StartsWith(text.substr(at), name)) return 0;
  at += name.size();
  size_t end = text.find_first_of(">\n\r", at);
  return end != text.npos && text[end] == '>' ? end + 1 : at;
}

// As mcp-run-python does it: only what looks like the tag that the text is put into is changed.
std::string EscapeTag(std::string_view text, std::string_view name) {
  std::string escaped;
  for (size_t i = 0; i < text.size();) {
    size_t length = text[i] == '<' ? TagLength(text.substr(i), name) : 0;
    if (length == 0) {
      escaped += text[i++];
      continue;
    }
    for (char c : text.substr(i, length)) {
      escaped += c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
    }
    i += length;
  }
  return escaped;
}

// The words of mcp-run-python where it has one.
std::string StatusWord(const Json& result) {
  std::string status = result["status"].get<std::string>();
  if (status == "ok") return result["exit_code"] == 0 ? "success" : "run-error";
  return status == "error" || status == "denied" ? "run-error" : status;
}

// What went wrong; "": nothing.
std::string ErrorText(const Json& result) {
  std::string text;
  if (const Json& error = result["error"]; error.is_object()) text = error["traceback"];
  std::string summary = result["summary"].get<std::string>();
  if (!summary.empty() && text.find(summary) == text.npos) text += summary;
  if (text.empty() && result["status"] == "ok" && result["exit_code"] != 0) {
    text = "SystemExit: " + std::to_string(result["exit_code"].get<int>());
  }
  return text;
}

// Of a text its characters, of anything else JSON, or else what repr() says; "": there is none.
std::string ValueText(const Json& value) {
  if (!value.is_object()) return "";
  const Json& json = Member(value, "json");
  if (json.is_string()) return json.get<std::string>();
  const Json& plain = Member(value, "plain");
  return (plain.is_string() ? plain : value["repr"]).get<std::string>();
}

// Whether a number in JSON text has more digits than a Json keeps.
bool HasLongIntegers(std::string_view text) {
  size_t digits = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (quoted && c == '\\') {
      ++i;
      continue;
    }
    if (c == '"') quoted = !quoted;
    digits = !quoted && c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits >= 19) return true;
  }
  return false;
}

// As JSON: exactly, or with its type lost, or as a text.
Json ValueJson(const Json& value) {
  if (!value.is_object()) return nullptr;
  if (value.contains("json")) return value["json"];
  if (value.contains("plain")) {
    const auto& text = value["plain"].get_ref<const std::string&>();
    // Of NaN, which is no JSON, what repr() says.
    if (Result<Json> plain = ParseJson(text)) {
      return HasLongIntegers(text) ? RawJson(text) : *plain;
    }
  }
  return value["repr"];
}

std::string AsXml(const Ended& ended, size_t most) {
  std::string status = StatusWord(ended.result);
  std::string text = "<status>" + status + "</status>";
  if (!ended.lines.empty()) {
    text += "\n<output>";
    for (const std::string& line : ended.lines) text += "\n" + EscapeTag(line, "output");
    text += "\n</output>";
  }
  if (status != "success") {
    return text + "\n<error>\n" + EscapeTag(ShortenText(ErrorText(ended.result), most), "error") +
           "\n</error>";
  }
  std::string value = ShortenText(ValueText(ended.result["value"]), most);
  if (value.empty()) return text;
  return text + "\n<return_value>\n" + EscapeTag(value, "return_value") + "\n</return_value>";
}

std::string AsJson(const Ended& ended, size_t most) {
  // In this order, as there.
  std::string status = StatusWord(ended.result);
  std::string head = "{\"status\":\"" + status + "\",\"output\":" + DumpJson(ended.lines);
  if (status != "success") {
    std::string error = ShortenText(ErrorText(ended.result), most);
    return head + ",\"error\":" + DumpJson(error) + "}";
  }
  Json value = ValueJson(ended.result["value"]);
  std::string text = DumpJson(value);
  if (text.size() > most) {
    text = DumpJson(ShortenText(value.is_string() ? value.get<std::string>() : text, most));
  }
  return head + ",\"return_value\":" + text + "}";
}

// Base64 of one: what a program says of itself may be anything.
bool IsImage(const std::string& base64) {
  std::optional<std::string> bytes = DecodeBase64(base64);
  return bytes && !ImageType(*bytes).empty();
}

}  // namespace

std::string TextOf(const Ended& ended, TextForm form, size_t most) {
  return form == TextForm::kXml ? AsXml(ended, most) : AsJson(ended, most);
}

std::string ShortenText(std::string text, size_t most) {
  if (text.size() <= most) return text;
  std::string left_out = std::to_string(text.size() - most);
  return text.substr(0, most / 2) + "\n… [" + left_out + " bytes are left out] …\n" +
         text.substr(text.size() - most / 2);
}

std::string InstallErrorText(const std::string& error, TextForm form) {
  if (form == TextForm::kJson) {
    return DumpJson({{"status", "install-error"}, {"output", Json::array()}, {"error", error}});
  }
  return "<status>install-error</status>\n<error>\n" + EscapeTag(error, "error") + "\n</error>";
}

Json StructuredOf(const Ended& ended) {
  const Json& result = ended.result;
  Json error = nullptr;
  if (std::string text = ErrorText(result); !text.empty()) {
    const Json& exception = result["error"];
    bool raised = exception.is_object();
    error = {{"text", text},
             {"type", raised ? exception["type"] : Json()},
             {"line", raised ? exception["line"] : Json()}};
  }
  bool exited = result["status"] == "ok" && result["exit_code"] != 0;
  return {{"status", exited ? Json("error") : result["status"]},
          {"value", ValueJson(result["value"])},
          {"stdout", result["stdout"]},
          {"stderr", result["stderr"]},
          {"error", std::move(error)},
          {"files", result["files"]},
          {"usage",
           {{"run_ms", result["durations"]["run_ms"]},
            {"cpu_ms", result["cpu_ms"]},
            {"memory_bytes", result["peak_memory"]["wasm_bytes"]}}}};
}

Json OutputSchema() {
  auto text_or_null = Json{{"type", {"string", "null"}}};
  return {{"type", "object"},
          {"properties",
           {{"status",
             {{"type", "string"}, {"description", "ok, error, timeout, memory, denied, killed"}}},
            {"value", {{"description", "The value of the last expression, as JSON"}}},
            {"stdout", {{"type", "string"}}},
            {"stderr", {{"type", "string"}}},
            {"error",
             {{"type", {"object", "null"}},
              {"properties",
               {{"text",
                 {{"type", "string"}, {"description", "The traceback, or which limit was hit"}}},
                {"type", text_or_null},
                {"line", {{"type", {"integer", "null"}}}}}},
              {"required", {"text", "type", "line"}}}},
            {"files",
             {{"type", "array"},
              {"items",
               {{"type", "object"},
                {"properties",
                 {{"path", {{"type", "string"}}},
                  {"size", {{"type", "integer"}}},
                  {"uri", {{"type", "string"}}}}},
                {"required", {"path", "size"}}}}}},
            {"session_id", {{"type", "string"}}},
            {"usage", {{"type", "object"}, {"additionalProperties", {{"type", "number"}}}}}}},
          {"required", {"status", "value", "stdout", "stderr", "error", "files", "usage"}}};
}

std::string_view ImageType(std::string_view bytes) {
  if (bytes.starts_with("\x89PNG\r\n")) return "image/png";
  if (bytes.starts_with("\xff\xd8\xff")) return "image/jpeg";
  if (bytes.starts_with("GIF8")) return "image/gif";
  if (bytes.starts_with("RIFF") && bytes.size() > 12 && bytes.substr(8, 4) == "WEBP")
    return "image/webp";
  return "";
}

Json ImagesOf(const Json& result) {
  Json shown = result["displays"];
  if (const Json& mime = Member(result["value"], "mime"); mime.is_object()) shown.push_back(mime);
  Json blocks = Json::array();
  size_t bytes = 0, dropped = 0;
  for (const Json& bundle : shown) {
    for (const char* type : {"image/png", "image/jpeg", "image/gif", "image/webp"}) {
      const Json& data = Member(bundle, type);
      if (!data.is_string() || !IsImage(data.get_ref<const std::string&>())) continue;
      size_t size = data.get_ref<const std::string&>().size();
      if (bytes + size > kMostImages) {
        ++dropped;
        break;
      }
      bytes += size;
      blocks.push_back({{"type", "image"}, {"data", data}, {"mimeType", type}});
      break;
    }
  }
  if (dropped > 0) {
    blocks.push_back(
        {{"type", "text"},
         {"text", std::to_string(dropped) + " more images were too large to be shown; "
                                            "save them to files, or make them smaller"}});
  }
  return blocks;
}

bool Shorten(std::vector<std::string>& lines, size_t most, const std::string& where) {
  size_t bytes = 0;
  for (const std::string& line : lines) bytes += line.size() + 1;
  if (bytes <= most) return false;
  // A line may be the whole of it.
  for (std::string& line : lines) {
    if (line.size() <= most / 4) continue;
    std::string left_out = std::to_string(line.size() - most / 4);
    line = line.substr(0, most / 4) + " … [" + left_out + " bytes of this line are left out]";
  }
  size_t head = 0, tail = lines.size(), used = 0;
  while (head < lines.size() && used + lines[head].size() < most * 2 / 3) {
    used += lines[head++].size() + 1;
  }
  while (tail > head && used + lines[tail - 1].size() < most) used += lines[--tail].size() + 1;
  std::string note = "… [" + std::to_string(tail - head) + " lines are left out; all of it, " +
                     std::to_string(bytes) + " bytes" +
                     (where.empty() ? ", was not kept]" : ": " + where + "]");
  lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(head),
              lines.begin() + static_cast<std::ptrdiff_t>(tail));
  lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(head), std::move(note));
  return true;
}

Json FitLine(Json result) {
  constexpr size_t kMost = kMostLine - 10'000;  // around it
  if (DumpJson(result).size() <= kMost) return result;
  result.erase("structuredContent");
  if (DumpJson(result).size() <= kMost) return result;
  std::string text = "the result is too large";
  for (const Json& block : result["content"]) {
    if (block["type"] != "text") continue;
    text = block["text"].get<std::string>();
    break;
  }
  text = ShortenText(std::move(text), 2 * kMostText);
  result["content"] = Json::array({Json{{"type", "text"}, {"text", std::move(text)}}});
  return result;
}

Json TextResult(std::string text) {
  return {{"content", Json::array({Json{{"type", "text"}, {"text", std::move(text)}}})}};
}

Json ErrorResult(std::string text) {
  Json result = TextResult(std::move(text));
  result["isError"] = true;
  return result;
}

Json StructuredResult(Json value) {
  Json result = TextResult(DumpJson(value, 2));
  result["structuredContent"] = std::move(value);
  return result;
}

}  // namespace v8py::mcp
