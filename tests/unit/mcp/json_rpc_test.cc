#include "mcp/json_rpc.h"

#include <doctest/doctest.h>

#include "base/base64.h"
#include "mcp/line_reader.h"
#include "mcp/revision.h"

namespace v8py::mcp {

namespace {

Incoming Read(const std::string& text) { return ReadMessage(Json::parse(text)); }

struct Lines {
  explicit Lines(size_t most) : reader(most) {}
  void Add(std::string_view bytes) {
    reader.Add(
        bytes, [this](std::string_view line) { all.emplace_back(line); },
        [this] { all.emplace_back("TOO LONG"); });
  }
  LineReader reader;
  std::vector<std::string> all;
};

}  // namespace

TEST_CASE("requests, notifications and responses are told apart") {
  using Kind = Incoming::Kind;
  CHECK(Read(R"({"jsonrpc":"2.0","id":1,"method":"m"})").kind == Kind::kRequest);
  CHECK(Read(R"({"jsonrpc":"2.0","id":"","method":"m","params":{}})").kind == Kind::kRequest);
  CHECK(Read(R"({"jsonrpc":"2.0","method":"m"})").kind == Kind::kNotification);
  CHECK(Read(R"({"jsonrpc":"2.0","id":1,"result":{}})").kind == Kind::kResponse);
  CHECK(Read(R"({"jsonrpc":"2.0","id":1,"error":{}})").kind == Kind::kResponse);
}

TEST_CASE("what is no request keeps its id where it has one") {
  for (auto [text, id] : std::initializer_list<std::pair<const char*, Json>>{
           {R"({"id":1,"method":"m"})", 1},
           {R"({"jsonrpc":"1.0","id":"a","method":"m"})", "a"},
           {R"({"jsonrpc":"2.0","id":2})", 2},
           {R"({"jsonrpc":"2.0","id":2,"method":3})", 2},
           {R"({"jsonrpc":"2.0","id":2,"method":"m","params":[]})", 2},
           {R"({"jsonrpc":"2.0","id":null,"method":"m"})", nullptr},
           {R"({"jsonrpc":"2.0","id":1.5,"method":"m"})", nullptr},
           {R"({"jsonrpc":"2.0","id":{},"method":"m"})", nullptr},
           {R"([])", nullptr},
           {R"("x")", nullptr}}) {
    Incoming message = Read(text);
    CHECK_MESSAGE(message.kind == Incoming::Kind::kInvalid, text);
    CHECK_MESSAGE(message.id == id, text);
  }
}

TEST_CASE("a notification is never answered, however wrong it is") {
  CHECK(Read(R"({"jsonrpc":"2.0","method":"m","params":[]})").kind == Incoming::Kind::kResponse);
}

TEST_CASE("lines that are no JSON, no UTF-8 or too deep are told apart") {
  ErrorCode code{};
  CHECK(!ParseLine("{", code));
  CHECK(code == ErrorCode::kParse);
  CHECK(!ParseLine("\"\xff\"", code));
  CHECK(code == ErrorCode::kParse);
  CHECK(!ParseLine(std::string(kMaxDepth + 1, '['), code));
  CHECK(code == ErrorCode::kInvalidRequest);
  CHECK(ParseLine(std::string(kMaxDepth, '[') + std::string(kMaxDepth, ']'), code));
}

TEST_CASE("an answer keeps the id, its type included") {
  CHECK(MakeResult("1", Json::object()).dump() == R"({"id":"1","jsonrpc":"2.0","result":{}})");
  CHECK(MakeResult(1, Json::object())["id"] == 1);
  CHECK(!MakeError(nullptr, ErrorCode::kParse, "x").contains("id"));
}

TEST_CASE("lines are the same however they are cut") {
  std::string text = "one\n\ntwo\r\nthree";
  for (size_t size = 1; size <= text.size(); ++size) {
    Lines lines(100);
    for (size_t at = 0; at < text.size(); at += size) {
      lines.Add(std::string_view(text).substr(at, size));
    }
    CHECK(lines.all == std::vector<std::string>{"one", "", "two\r"});
    CHECK(lines.reader.TakeRest() == "three");
  }
}

TEST_CASE("a line under, at and over the limit; what follows it is read") {
  Lines lines(3);
  lines.Add("ab\nabc\nabcd\nab\n");
  CHECK(lines.all == std::vector<std::string>{"ab", "abc", "TOO LONG", "ab"});
  for (int i = 0; i < 100; ++i) lines.Add("abcd");
  lines.Add("\nx\n");
  CHECK(lines.all.size() == 6);
  CHECK(lines.all[4] == "TOO LONG");
  CHECK(lines.all[5] == "x");
}

TEST_CASE("clients get what their revision knows") {
  Json tool = {{"title", "T"}, {"outputSchema", 1}, {"annotations", 2}, {"name", "n"}};
  CHECK(ToolFor(Revision::k2024_11_05, tool) == Json{{"name", "n"}});
  CHECK(ToolFor(Revision::k2025_03_26, tool) == Json{{"name", "n"}, {"annotations", 2}});
  CHECK(ToolFor(Revision::k2025_06_18, tool) == tool);
  Json result = {
      {"structuredContent", Json::object()},
      {"content", Json::array({{{"type", "resource_link"}, {"uri", "u"}, {"name", "n"}}})}};
  CHECK(ToolResultFor(Revision::k2026_07_28, result) == result);
  CHECK(ToolResultFor(Revision::k2025_03_26, result) ==
        Json{{"content", Json::array({{{"type", "text"}, {"text", "n: u"}}})}});
  CHECK(SupportedVersions()[0] == "2026-07-28");
  for (const Json& name : SupportedVersions()) {
    CHECK(NameOf(*FindRevision(name.get<std::string>())) == name);
  }
  CHECK(!FindRevision("2024-10-07"));
}

TEST_CASE("base64 is read as it is written, and nothing else is") {
  std::string bytes;
  for (int size = 0; size < 300; ++size) {
    CHECK(DecodeBase64(Base64(bytes)) == bytes);
    bytes += static_cast<char>(size * 7);
  }
  CHECK(DecodeBase64("YQ") == "a");
  CHECK(DecodeBase64("YW\r\nI=") == "ab");
  for (const char* wrong : {"Y", "YQ=", "YQ===", "YWI==", "Y=Q=", "YQ==YQ==", "Y Q=", "Yé=="}) {
    CHECK_MESSAGE(!DecodeBase64(wrong), wrong);
  }
}

}  // namespace v8py::mcp
