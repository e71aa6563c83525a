#include "cli/lock.h"

#include <doctest/doctest.h>

#include <fstream>

#include "base/json.h"
#include "cli/package_options.h"
#include "unit/temporary_folder.h"

namespace v8py {

namespace {

Result<std::string> Read(const std::string& text) {
  TemporaryFolder folder;
  std::ofstream(folder.path() + "/x.lock", std::ios::binary) << text;
  return ReadLock(folder.path() + "/x.lock");
}

const std::string kHash(64, 'a');
const std::string kWheel =
    "{name = 'a-1-py3-none-any.whl', url = 'https://example.org/a.whl', hashes = {sha256 = '" +
    kHash + "'}}";

std::string Document(const std::string& package) {
  return "lock-version = '1.0'\npackages = [" + package + "]\n[tool.v8py]\nrequirements = ['a']\n";
}

std::vector<std::string> Requirements(std::string_view text) {
  PackageOptions options;
  for (const OptionSpec& option : PackageOptionTable(options)) {
    if (option.name == "--with" && !option.apply(text).ok()) return {"wrong"};
  }
  return options.requirements;
}

}  // namespace

TEST_CASE("a lock is read as what it was written of") {
  auto text = Read(Document("{name = 'a', version = '1', wheels = [" + kWheel + "]}"));
  REQUIRE(text);
  Json expected = {
      {"name", "a"},        {"version", "1"},     {"file", "a-1-py3-none-any.whl"},
      {"sha256", kHash},    {"from", "index"},    {"place", "https://example.org/a.whl"},
      {"libraries", false}, {"requested", false}, {"requires", Json::array()}};
  CHECK(ParseJson(*text) == Json{{"packages", {expected}}, {"requirements", {"a"}}});
}

TEST_CASE("what is no lock is an error that names the file, whatever is wrong with it") {
  std::vector<std::string> texts = {"",
                                    "x",
                                    "lock-version = 1.0",
                                    "lock-version = '2.0'",
                                    "lock-version = '1.0'",
                                    "lock-version = '1.0'\ntool = 1",
                                    "lock-version = '1.0'\ntool.v8py = 1"};
  for (const char* package :
       {"1", "{}", "{name = 1}", "{name = 'a'}", "{name = 'a', wheels = 1}",
        "{name = 'a', wheels = []}", "{name = 'a', wheels = [1]}",
        "{name = 'a', wheels = [{hashes = 1}]}", "{name = 'a', wheels = [{hashes = {sha256 = 1}}]}",
        "{name = 'a', wheels = [{hashes = {sha256 = 'short'}}]}"}) {
    texts.push_back(Document(package));
  }
  texts.push_back(Document("{name = 'a', wheels = [" + kWheel + ", " + kWheel + "]}"));
  texts.push_back(
      Document("{name = 'a', wheels = [{hashes = {sha256 = '" + std::string(64, 'g') + "'}}]}"));
  for (const std::string& text : texts) {
    auto lock = Read(text);
    REQUIRE_MESSAGE(!lock, text);
    CHECK(lock.error().code() == Code::kCaller);
    CHECK(lock.error().message().find("x.lock") != std::string::npos);
  }
  CHECK(!ReadLock("/nowhere/x.lock"));
}

TEST_CASE("fields of another type are as if they were not there") {
  auto text =
      Read(Document("{name = 'a', version = 1, tool = 1, wheels = [{name = 1, url = [], path = "
                    "'x', hashes = {sha256 = '" +
                    kHash + "'}}]}"));
  REQUIRE(text);
  Json package = ParseJson(*text).value_or(Json())["packages"][0];
  CHECK(package["version"] == "");
  CHECK(package["file"] == "");
  CHECK(package["from"] == "file");
  CHECK(package["place"] == "x");
}

TEST_CASE("a program's lock is beside it") {
  CHECK(LockPathFor("folder/report.py") == "folder/report.py.lock");
  CHECK(LockPathFor("") == "pylock.toml");
}

TEST_CASE("commas separate requirements, and the parts of one") {
  using List = std::vector<std::string>;
  CHECK(Requirements("a") == List{"a"});
  CHECK(Requirements("a,b") == List{"a", "b"});
  CHECK(Requirements("a>=2,<3,b") == List{"a>=2,<3", "b"});
  CHECK(Requirements("a >= 2, < 3, b") == List{"a >= 2,< 3", "b"});
  CHECK(Requirements("a[b,c],d") == List{"a[b,c]", "d"});
  for (const char* wrong : {"", ",", "a,", ",a", "a,,b", "a, ,b"})
    CHECK_MESSAGE(Requirements(wrong) == List{"wrong"}, wrong);
}

}  // namespace v8py
