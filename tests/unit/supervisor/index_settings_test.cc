#include "supervisor/packages/index_settings.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "supervisor/network/download.h"
#include "unit/temporary_folder.h"

namespace v8py {

namespace {

using List = std::vector<std::string>;

// Variables that pip reads, as a test wants them, and as they were afterwards.
class PipEnvironment {
 public:
  PipEnvironment() {
    for (const char* name : {"HOME", "XDG_CONFIG_HOME", "PIP_CONFIG_FILE", "PIP_INDEX_URL",
                             "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"}) {
      const char* value = getenv(name);
      before_.emplace_back(name, value ? std::optional<std::string>(value) : std::nullopt);
      unsetenv(name);
    }
    Set("HOME", folder_.path());
    Write(
        "sources.json",
        R"({"index": "https://default.example/index", "distribution": "https://files.example/"})");
  }
  ~PipEnvironment() {
    for (const auto& [name, value] : before_) {
      if (value) setenv(name.c_str(), value->c_str(), 1);
      if (!value) unsetenv(name.c_str());
    }
  }
  void Set(const char* name, const std::string& value) { setenv(name, value.c_str(), 1); }
  void Write(const std::string& name, const std::string& text) {
    std::filesystem::path path = folder_.path() + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  std::string Path(const std::string& name) { return folder_.path() + "/" + name; }
  IndexSettings Settings(IndexSettings given = {}) {
    auto settings = CompleteSettings(std::move(given), Path("sources.json"));
    REQUIRE(settings);
    return *settings;
  }

 private:
  TemporaryFolder folder_;
  std::vector<std::pair<std::string, std::optional<std::string>>> before_;
};

}  // namespace

TEST_CASE(
    "without anything the index is the installation's, and what the caller says wins over all") {
  PipEnvironment pip;
  pip.Set("PIP_CONFIG_FILE", "/dev/null");
  CHECK(pip.Settings().indexes == List{"https://default.example/index"});
  CHECK(pip.Settings().distribution_url == "https://files.example/");
  pip.Set("PIP_INDEX_URL", "https://pip.example/index/");
  pip.Set("PIP_EXTRA_INDEX_URL", "https://b.example/index https://c.example/index//");
  pip.Set("PIP_FIND_LINKS", "/wheels https://d.example/wheels");
  CHECK(pip.Settings().indexes ==
        List{"https://pip.example/index", "https://b.example/index", "https://c.example/index"});
  CHECK(pip.Settings().find_links == List{"/wheels"});
  IndexSettings given;
  given.indexes = {"http://mine.example/index/"};
  given.find_links = {"mine"};
  CHECK(pip.Settings(given).indexes == List{"http://mine.example/index"});
  CHECK(pip.Settings(given).find_links == List{"mine"});
}

TEST_CASE("files of the user are read as pip reads them") {
  PipEnvironment pip;
  pip.Write(
      ".config/pip/pip.conf",
      "# a comment\n[global]\nindex_url = https://a.example/index\n"
      "Extra-Index-URL:\n    https://b.example/index\n; another\n\n    https://c.example/index\n"
      "[freeze]\nindex-url = https://wrong.example/index\n");
  CHECK(pip.Settings().indexes ==
        List{"https://a.example/index", "https://b.example/index", "https://c.example/index"});
  pip.Write("other/pip/pip.conf", "[global]\nindex-url = https://other.example/index\n");
  pip.Set("XDG_CONFIG_HOME", pip.Path("other"));
  CHECK(pip.Settings().indexes == List{"https://other.example/index"});
  pip.Write(".pip/pip.conf",
            "[global]\nindex-url = https://old.example/index\nfind-links = /old\n");
  CHECK(pip.Settings().indexes == List{"https://other.example/index"});
  CHECK(pip.Settings().find_links == List{"/old"});
  // [install] counts more than [global], of whichever file.
  pip.Write(".pip/pip.conf", "[install]\nindex-url = https://old.example/index\n");
  CHECK(pip.Settings().indexes == List{"https://old.example/index"});
}

TEST_CASE("a file that is named takes the place of the user's, and /dev/null that of all") {
  PipEnvironment pip;
  pip.Write(".config/pip/pip.conf",
            "[global]\nindex-url = https://user.example/index\nfind-links = /user\n");
  pip.Write("named", "[install]\nindex-url = https://named.example/index\n");
  pip.Set("PIP_CONFIG_FILE", pip.Path("named"));
  CHECK(pip.Settings().indexes == List{"https://named.example/index"});
  CHECK(pip.Settings().find_links.empty());
  pip.Set("PIP_CONFIG_FILE", pip.Path("nothing"));
  CHECK(pip.Settings().indexes == List{"https://user.example/index"});
  pip.Set("PIP_CONFIG_FILE", "/dev/null");
  CHECK(pip.Settings().indexes == List{"https://default.example/index"});
  pip.Set("PIP_CONFIG_FILE", pip.Path("named"));
  pip.Set("PIP_INDEX_URL", "https://variable.example/index");
  CHECK(pip.Settings().indexes == List{"https://variable.example/index"});
}

TEST_CASE("who wants no index gets none, in each of pip's words for it") {
  PipEnvironment pip;
  for (const char* yes : {"1", "true", "True", "YES", "on", "y", "t"}) {
    pip.Write(".config/pip/pip.conf", std::string("[global]\nno-index = ") + yes + "\n");
    CHECK_MESSAGE(pip.Settings().indexes.empty(), yes);
  }
  for (const char* no : {"0", "false", "No", "off"}) {
    pip.Write(".config/pip/pip.conf", std::string("[global]\nno-index = ") + no + "\n");
    CHECK_MESSAGE(pip.Settings().indexes.size() == 1, no);
  }
  pip.Set("PIP_NO_INDEX", "True");
  CHECK(pip.Settings().indexes.empty());
}

TEST_CASE("what is no index is refused") {
  PipEnvironment pip;
  for (const char* url :
       {"example.org", "ftp://example.org", "file:///x", "http://", "https:///", ""}) {
    IndexSettings given;
    given.indexes = {url};
    CHECK_MESSAGE(!CompleteSettings(given, pip.Path("sources.json")), url);
  }
  CHECK(!CompleteSettings({}, pip.Path("nothing.json")));
  pip.Write("sources.json", "[]");
  CHECK(!CompleteSettings({}, pip.Path("sources.json")));
}

TEST_CASE("the hosts that the operator names are those of the indexes and of the distribution") {
  IndexSettings settings;
  settings.indexes = {"https://A.Example/index", "http://user:p@b.example:8080/index",
                      "http://[::1]:80/x", "http://c.example"};
  settings.distribution_url = "https://files.example/";
  CHECK(settings.Hosts() == List{"a.example", "b.example", "::1", "c.example", "files.example"});
}

TEST_CASE("user and password of an index are for the same server only") {
  IndexSettings settings;
  settings.indexes = {"https://plain.example/index",
                      "https://user:p%40ss@private.example:8080/index"};
  CHECK(settings.WithPassword("https://private.example:8080/files/x.whl") ==
        "https://user:p%40ss@private.example:8080/files/x.whl");
  for (const char* url :
       {"https://plain.example/x.whl", "https://private.example/x.whl",
        "http://private.example:8080/x.whl", "https://private.example:80801/x.whl",
        "https://private.example:8080.other.example/x.whl",
        "https://other.example/https://private.example:8080/",
        "https://private.example:8080@other.example/"}) {
    CHECK(settings.WithPassword(url) == url);
  }
}

TEST_CASE("a URL is shown without user and password, and with all that only looks like them") {
  CHECK(WithoutPassword("https://user:secret@example.org/a@b") == "https://example.org/a@b");
  CHECK(WithoutPassword("https://user@example.org") == "https://example.org");
  CHECK(WithoutPassword("https://a@b@example.org/") == "https://example.org/");
  for (const char* url :
       {"https://example.org/a@b", "https://example.org?a@b", "https://example.org#a@b/",
        "https://example.org\\@b/", "no URL@all", ""}) {
    CHECK(WithoutPassword(url) == url);
  }
}

}  // namespace v8py
