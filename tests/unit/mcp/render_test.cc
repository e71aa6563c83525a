// The texts of mcp-run-python, byte for byte.
#include "mcp/render.h"

#include <doctest/doctest.h>

namespace v8py::mcp {

namespace {

Ended Success(Json value, std::vector<std::string> lines = {}) {
  return {{{"status", "ok"},
           {"exit_code", 0},
           {"summary", ""},
           {"value", std::move(value)},
           {"error", nullptr},
           {"displays", Json::array()}},
          std::move(lines),
          ""};
}

Ended Failure(const std::string& traceback, const std::string& summary = "",
              const std::string& status = "error") {
  return {{{"status", status},
           {"exit_code", 1},
           {"summary", summary},
           {"value", nullptr},
           {"error", {{"traceback", traceback}, {"type", "X"}, {"line", 1}}}},
          {},
          ""};
}

std::string Xml(const Ended& ended) { return TextOf(ended, TextForm::kXml); }
std::string AsJsonText(const Ended& ended) { return TextOf(ended, TextForm::kJson); }

}  // namespace

TEST_CASE("output and value are left out when there are none") {
  CHECK(Xml(Success(nullptr)) == "<status>success</status>");
  CHECK(Xml(Success({{"repr", "''"}, {"json", ""}})) == "<status>success</status>");
  CHECK(AsJsonText(Success(nullptr)) == R"({"status":"success","output":[],"return_value":null})");
}

TEST_CASE("a text is a value without quotes, anything else is indented JSON") {
  CHECK(Xml(Success({{"repr", "'a'"}, {"json", "a"}, {"plain", "\"a\""}})) ==
        "<status>success</status>\n<return_value>\na\n</return_value>");
  CHECK(
      Xml(Success({{"repr", "[1]"}, {"json", {1}}, {"plain", "[\n  1\n]"}}, {"one", "", "two"})) ==
      "<status>success</status>\n<output>\none\n\ntwo\n</output>\n<return_value>\n[\n  "
      "1\n]\n</return_value>");
  CHECK(Xml(Success({{"repr", "<cycle>"}})) ==
        "<status>success</status>\n<return_value>\n<cycle>\n</return_value>");
}

TEST_CASE("in JSON a value is what JSON has for it, and else a text") {
  CHECK(AsJsonText(Success({{"repr", "'a'"}, {"json", "a"}})) ==
        R"({"status":"success","output":[],"return_value":"a"})");
  CHECK(AsJsonText(Success({{"repr", "x"}, {"plain", "[\n  1\n]"}})) ==
        R"({"status":"success","output":[],"return_value":[1]})");
  CHECK(AsJsonText(Success({{"repr", "nan"}, {"plain", "NaN"}})) ==
        R"({"status":"success","output":[],"return_value":"nan"})");
}

TEST_CASE("an integer that JSON's readers would round is a text") {
  Ended ended = Success({{"repr", "x"}, {"plain", "[\n  1180591620717411303425\n]"}});
  CHECK(AsJsonText(ended).find("1180591620717411303425") != std::string::npos);
  ended.result["value"]["plain"] = "[\n  \"1180591620717411303425\"\n]";
  CHECK(AsJsonText(ended).find(R"(["1180591620717411303425"])") != std::string::npos);
}

TEST_CASE("what a worker calls a value in JSON is passed on if it is that, and a text if not") {
  std::string forged = R"({"jsonrpc":"2.0","id":1,"result":{}})";
  for (const std::string& plain :
       {std::string(500'000, '['), "1180591620717411303425" + std::string(1, '\0') + forged,
        "1180591620717411303425\n" + forged, "\xef\xbb\xbf" + std::string("1180591620717411303425"),
        std::string("1180591620717411303425 // a comment"), "[1180591620717411303425,\n]" + forged,
        std::string("\"1180591620717411303425\n\"")}) {
    std::string text = AsJsonText(Success({{"repr", "its repr"}, {"plain", plain}}));
    INFO(plain.substr(0, 100));
    CHECK(text == R"({"status":"success","output":[],"return_value":"its repr"})");
  }
}

TEST_CASE("a traceback's line end stays, and a limit's line follows it") {
  CHECK(Xml(Failure("Traceback …\nE: x\n")) ==
        "<status>run-error</status>\n<error>\nTraceback …\nE: x\n\n</error>");
  CHECK(Xml(Failure("T\n", "wall-clock limit", "timeout")) ==
        "<status>timeout</status>\n<error>\nT\nwall-clock limit\n</error>");
  CHECK(Xml(Failure("T\n", "", "denied")) == "<status>run-error</status>\n<error>\nT\n\n</error>");
  CHECK(AsJsonText(Failure("T\n")) == R"({"status":"run-error","output":[],"error":"T\n"})");
  Ended exited = Success(nullptr);
  exited.result["exit_code"] = 3;
  CHECK(Xml(exited) == "<status>run-error</status>\n<error>\nSystemExit: 3\n</error>");
}

TEST_CASE("only what looks like the block's own tag is escaped") {
  auto line = [](const std::string& text) {
    std::string xml = Xml(Success(nullptr, {text}));
    xml.erase(0, std::string("<status>success</status>\n<output>\n").size());
    return xml.substr(0, xml.size() - std::string("\n</output>").size());
  };
  CHECK(line("<b>&</b>") == "<b>&</b>");
  CHECK(line("</output>") == "&lt;/output&gt;");
  CHECK(line("a < OutPut class='x'> b>") == "a &lt; OutPut class='x'&gt; b>");
  CHECK(line("<outputs") == "&lt;outputs");
  CHECK(line("</ output") == "&lt;/ output");
  CHECK(line("< / output>") == "< / output>");
  CHECK(line("<out") == "<out");
  CHECK(line("</error>") == "</error>");
  CHECK(Xml(Failure("</error>")) ==
        "<status>run-error</status>\n<error>\n&lt;/error&gt;\n</error>");
  // A tag ends on its line, or has no end.
  CHECK(Xml(Success({{"repr", ""}, {"json", "<return_value\n>"}})) ==
        "<status>success</status>\n<return_value>\n&lt;return_value\n>\n</return_value>");
}

TEST_CASE("long output keeps its beginning and its end") {
  std::vector<std::string> lines(10'000, "0123456789");
  lines.front() = "first";
  lines.back() = "last";
  CHECK(Shorten(lines, 1000, "v8py://x"));
  CHECK(lines.front() == "first");
  CHECK(lines.back() == "last");
  size_t bytes = 0;
  for (const std::string& line : lines) bytes += line.size() + 1;
  CHECK(bytes < 1200);
  CHECK(TextOf(Success(nullptr, lines), TextForm::kXml).find("v8py://x") != std::string::npos);

  std::vector<std::string> one = {std::string(5000, 'x')};
  CHECK(Shorten(one, 1000, ""));
  CHECK(one[0].size() < 400);
  std::vector<std::string> few = {"a", "b"};
  CHECK(!Shorten(few, 4, ""));
  CHECK(few == std::vector<std::string>{"a", "b"});
}

TEST_CASE("images of values and displays are blocks, as many as there is room for") {
  Json result = {
      {"displays", {{{"image/png", "iVBORw0K"}, {"text/plain", "x"}}, {{"text/plain", "y"}}}},
      {"value", {{"repr", "v"}, {"mime", {{"image/jpeg", "/9j/AA=="}}}}}};
  CHECK(ImagesOf(result) ==
        Json::parse(R"([{"type":"image","data":"iVBORw0K","mimeType":"image/png"},
                                            {"type":"image","data":"/9j/AA==","mimeType":"image/jpeg"}])"));
  result["displays"].push_back({{"image/png", "iVBORw0K" + std::string(kMostImages, 'A')}});
  result["displays"].push_back({{"image/png", "5"}});
  result["displays"].push_back({{"image/png", "AAAA"}});
  Json blocks = ImagesOf(result);
  REQUIRE(blocks.size() == 3);
  CHECK(blocks[2]["type"] == "text");
}

}  // namespace v8py::mcp
