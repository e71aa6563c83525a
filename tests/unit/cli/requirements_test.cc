#include "cli/requirements.h"

#include <doctest/doctest.h>

#include <fstream>

#include "cli/toml.h"
#include "unit/temporary_folder.h"

namespace v8py {

namespace {

using List = std::vector<std::string>;

Result<List> OfScript(const std::string& source) { return ScriptRequirements(source, "x.py"); }

Result<List> OfFile(const std::string& text, const char* name = "list.txt") {
  TemporaryFolder folder;
  std::ofstream(folder.path() + "/" + name, std::ios::binary) << text;
  return FileRequirements(folder.path() + "/" + name);
}

}  // namespace

TEST_CASE("a block of a script says what it needs, and nothing outside of it does") {
  CHECK(OfScript("print(1)") == List{});
  CHECK(OfScript("# /// script\n# dependencies = ['a>=1', \"b\"]\n# ///\n") == List{"a>=1", "b"});
  CHECK(
      OfScript("#!x\r\n# /// script\r\n# dependencies = [\r\n#\r\n#   'a',\r\n# ]\r\n# ///\r\n") ==
      List{"a"});
  CHECK(OfScript("# /// script\n# requires-python = '>=3.9'\n# ///") == List{"python>=3.9"});
  CHECK(OfScript("# /// pyproject\n# dependencies = ['a']\n# ///") == List{});
  CHECK(OfScript(" # /// script\n# dependencies = ['a']\n# ///") == List{});
  CHECK(OfScript("# /// script\n# ///\n# dependencies = ['a']\n") == List{});
}

TEST_CASE("a block that is none is an error with the script's name") {
  for (const char* source :
       {"# /// script\n# dependencies = []\n", "# /// script\nprint(1)\n# ///", "# /// script",
        "# /// script\n# dependencies = [\n# ///", "# /// script\n# dependencies = 'a'\n# ///",
        "# /// script\n# dependencies = [1]\n# ///", "# /// script\n#dependencies = []\n# ///",
        "# /// script\n# ///\n\n# /// script\n# ///\n"}) {
    auto found = OfScript(source);
    REQUIRE_MESSAGE(!found, source);
    CHECK(found.error().code() == Code::kCaller);
    CHECK(found.error().message().starts_with("x.py"));
  }
}

TEST_CASE("a list has a requirement a line; comments and lines that go on are as pip has them") {
  CHECK(OfFile("") == List{});
  CHECK(OfFile("a\n\n  b >= 1  \r\n# c\nd # e\nf\t#g\nh#i\n") ==
        List{"a", "b >= 1", "d", "f", "h#i"});
  CHECK(OfFile("a \\\n >= 1 \\\n , < 2\nb") == List{"a  >= 1  , < 2", "b"});
  CHECK(OfFile("a\nb \\") == List{"a", "b"});
  CHECK(OfFile("./x-1-py3-none-any.whl\na[b,c]; python_version < '3'") ==
        List{"./x-1-py3-none-any.whl", "a[b,c]; python_version < '3'"});
}

TEST_CASE("options that only pip has are errors with their line") {
  for (const char* line : {"-e .", "-i https://example.org", "--no-binary :all:", "-c x.txt",
                           "a --hash=sha256:0", "-rx"}) {
    auto found = OfFile(std::string("a\n\n") + line + "\n");
    REQUIRE_MESSAGE(!found, line);
    CHECK(found.error().code() == Code::kCaller);
    CHECK(found.error().message().find("line 3") != std::string::npos);
  }
}

TEST_CASE("lists name others beside them, but not without an end") {
  TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() + "/more");
  std::ofstream(folder.path() + "/a.txt") << "-r more/b.txt\na";
  std::ofstream(folder.path() + "/more/b.txt") << "--requirement c.txt\n";
  std::ofstream(folder.path() + "/more/c.txt") << "c";
  CHECK(FileRequirements(folder.path() + "/a.txt") == List{"c", "a"});
  std::ofstream(folder.path() + "/more/c.txt") << "-r ../a.txt";
  CHECK(!FileRequirements(folder.path() + "/a.txt"));
  CHECK(!FileRequirements(folder.path() + "/nothing.txt"));
  CHECK(!FileRequirements(folder.path()));
}

TEST_CASE("a pyproject.toml gives its project's dependencies, of their type only") {
  CHECK(OfFile("[project]\ndependencies = ['a', 'b']", "x.toml") == List{"a", "b"});
  CHECK(OfFile("[tool.x]\ndependencies = ['a']", "x.toml") == List{});
  for (const char* text :
       {"[project", "project = 1", "[project]\ndependencies = 'a'",
        "[project]\ndependencies = [['a']]", "[project.dependencies]\na = 1", "\xff"}) {
    CHECK_MESSAGE(!OfFile(text, "x.toml"), text);
  }
}

TEST_CASE("TOML becomes JSON with its types, and JSON becomes TOML that is the same") {
  auto json = ParseToml("a = 1\nb = 'x'\nc = [true, 1.5]\n[d.e]\nf = 1979-05-27\n", "x");
  REQUIRE(json);
  CHECK(*json ==
        Json{{"a", 1}, {"b", "x"}, {"c", {true, 1.5}}, {"d", {{"e", {{"f", "1979-05-27"}}}}}});
  Json object = {{"text", "a\n\"'\\\x01\u00e9"},
                 {"list", {"a", 1, false, {{"b", "c"}}}},
                 {"tables", {{{"a", 1}}, {{"a", 2}}}}};
  CHECK(ParseToml(DumpToml(object), "x") == object);
  auto wrong = ParseToml("a = 1\na = 2\n", "x.toml");
  REQUIRE(!wrong);
  CHECK(wrong.error().message().starts_with("x.toml, line 2"));
}

}  // namespace v8py
