// What a program says of itself, and what is made of it for a client. The input is any text in its
// result that is the program's to choose: a worker may lie.
#include "mcp/render.h"

#include "fuzz/fuzz.h"
#include "mcp/json_rpc.h"
#include "mcp/revision.h"

namespace v8py::fuzz {

namespace {

// Of what the supervisor has no say in: result.schema.json, with these words wherever one may be.
Json ResultOf(const std::string& text, const std::string& status) {
  Json value = {{"repr", text}, {"plain", text}, {"mime", {{"image/png", text}}}};
  if (Result<Json> json = ParseJson(text)) {
    if (DepthOfJson(text) <= 64) value["json"] = std::move(*json);
  }
  bool ok = status == "ok";
  return {{"status", status},
          {"exit_code", ok ? 0 : 1},
          {"summary", ok ? "" : text},
          {"value", ok ? value : Json()},
          {"error", ok ? Json() : Json{{"traceback", text}, {"type", text}, {"line", 1}}},
          {"stdout", text},
          {"stderr", text},
          {"files", Json::array({{{"path", text}, {"size", 1}, {"type", "text/plain"}}})},
          {"displays", Json::array({{{"image/png", text}, {"text/plain", text}}})},
          {"durations", {{"run_ms", 1.5}}},
          {"cpu_ms", 1.5},
          {"peak_memory", {{"wasm_bytes", 1}}}};
}

void CheckAnswer(Json result) {
  for (mcp::Revision revision : {mcp::Revision::k2024_11_05, mcp::Revision::k2026_07_28}) {
    Json fitting = mcp::ToolResultFor(revision, mcp::FitLine(result));
    std::string line = DumpJson(mcp::MakeResult(1, fitting));
    MustBeLine(line);
    Must(line.size() <= mcp::kMostLine, "an answer is not too long");
    Must(DepthOfJson(line) <= 600, "an answer is not too deep");
  }
}

void CheckResult(const Json& result, const std::string& output) {
  mcp::OutputLines collected;
  collected.Add(V8PY_STDOUT, output, [](v8py_stream, const std::string&) {});
  mcp::Ended ended{result, collected.Take(), output};
  mcp::Shorten(ended.lines, 1000, "");
  for (mcp::TextForm form : {mcp::TextForm::kXml, mcp::TextForm::kJson}) {
    for (size_t most : {size_t{100}, std::string::npos}) {
      std::string text = mcp::TextOf(ended, form, most);
      if (form == mcp::TextForm::kJson) MustBeLine(text);
      Json answer = mcp::TextResult(text);
      for (Json& block : mcp::ImagesOf(result)) answer["content"].push_back(std::move(block));
      answer["structuredContent"] = mcp::StructuredOf(ended);
      CheckAnswer(std::move(answer));
    }
  }
}

}  // namespace

}  // namespace v8py::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace v8py;
  using namespace v8py::fuzz;
  std::string text(Text(data, size));
  for (const char* status : {"ok", "error", "timeout"}) {
    Json result = ResultOf(text, status);
    CheckResult(result, text);
    if (!result["value"].is_object()) continue;
    // Less is known of a value that is not JSON.
    result["value"].erase("json");
    CheckResult(result, text);
    result["value"].erase("plain");
    CheckResult(result, text);
  }
  return 0;
}
