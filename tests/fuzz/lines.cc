// Bytes of a client, however they are cut: lines, their values, messages.
#include <functional>

#include "fuzz/fuzz.h"
#include "mcp/json_rpc.h"
#include "mcp/line_reader.h"

namespace v8py::fuzz {

namespace {

constexpr const char* kTooLong = "too long\n";  // no line: it has an end

using Sizes = std::function<size_t()>;

std::vector<std::string> Read(std::string_view bytes, size_t most, const Sizes& next) {
  std::vector<std::string> lines;
  mcp::LineReader reader(most);
  while (!bytes.empty()) {
    size_t size = std::min(next(), bytes.size());
    reader.Add(
        bytes.substr(0, size), [&](std::string_view line) { lines.emplace_back(line); },
        [&] { lines.emplace_back(kTooLong); });
    bytes.remove_prefix(size);
  }
  if (std::string rest = reader.TakeRest(); !rest.empty()) lines.push_back(std::move(rest));
  return lines;
}

std::vector<std::string> ReadPlainly(std::string_view bytes, size_t most) {
  std::vector<std::string> lines;
  for (std::string_view line : Lines(bytes)) {
    lines.emplace_back(line.size() > most ? kTooLong : line);
  }
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

void CheckReading(std::string_view bytes, size_t most) {
  auto lines = ReadPlainly(bytes, most);
  uint32_t state = 1;
  for (char c : bytes) state = state * 31 + static_cast<unsigned char>(c);
  auto random = [&state] { return 1 + ((state = state * 1664525 + 1013904223) >> 24) % 40; };
  for (const Sizes& sizes :
       {Sizes([&] { return bytes.size(); }), Sizes([] { return 1; }), Sizes(random)}) {
    Must(Read(bytes, most, sizes) == lines, "lines are the same however they are cut");
  }
}

size_t Depth(const Json& value) {
  size_t depth = 0;
  if (!value.is_structured()) return 0;
  for (const Json& item : value) depth = std::max(depth, Depth(item));
  return depth + 1;
}

void CheckMessage(std::string_view line) {
  mcp::ErrorCode code{};
  Result<Json> value = mcp::ParseLine(line, code);
  if (!value) {
    Must(code == mcp::ErrorCode::kParse || code == mcp::ErrorCode::kInvalidRequest,
         "an error has its code");
    return;
  }
  Must(IsUtf8(line), "what is read is UTF-8", line);
  Must(Depth(*value) <= mcp::kMaxDepth, "what is read is not too deep", line);
  std::string again = DumpJson(*value);
  MustBeLine(again);
  Result<Json> same = mcp::ParseLine(again, code);
  Must(same && *same == *value, "a value is the same once written and read", line);
  using Kind = mcp::Incoming::Kind;
  mcp::Incoming message = mcp::ReadMessage(std::move(*value));
  Must(message.id.is_null() || mcp::IsId(message.id) || message.kind == Kind::kResponse,
       "an id is a string or an integer", line);
  Must((message.kind == Kind::kRequest) <= mcp::IsId(message.id), "a request has an id", line);
  Must(message.params.is_object(), "params are an object", line);
  Must((message.kind == Kind::kInvalid) <= !message.problem.empty(), "a refusal says why", line);
}

}  // namespace

}  // namespace v8py::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace v8py::fuzz;
  std::string_view bytes = Text(data, size);
  for (size_t most : {size_t{0}, size_t{20}, size_t{1} << 20}) CheckReading(bytes, most);
  for (std::string_view line : Lines(bytes)) CheckMessage(line);
  return 0;
}
