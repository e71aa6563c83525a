#include "supervisor/distribution.h"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/package_bundle.h"

namespace v8py {

namespace {

// A folder with a lock file and two wheels: b needs A_b, which needs b.
struct Folder {
  Folder() {
    char name[] = "/tmp/v8py-distribution-XXXXXX";
    REQUIRE(mkdtemp(name));
    path = name;
    Write("a.whl", "aaa");
    Write("b.whl", "bb");
    WriteLock(R"("a-b":{"name":"A_b","version":"1.0","file_name":"a.whl","sha256":"aa",)"
              R"("depends":["b"],"imports":["extra","a_b"]},)"
              R"("b":{"name":"b","version":"2","file_name":"b.whl","sha256":"bb",)"
              R"("depends":["A.B"],"imports":["bee","zoo"]})");
  }
  ~Folder() { std::filesystem::remove_all(path); }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(path + "/" + name) << text;
  }
  void WriteLock(const std::string& packages) const {
    Write("pyodide-lock.json",
          R"({"info":{"abi_version":"2026_0"},"packages":{)" + packages + "}}");
  }
  std::string path;
};

std::string OpenError(const Folder& folder) {
  auto opened = Distribution::Open(folder.path, "2026_0");
  return opened ? "" : opened.error().message();
}

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a package is selected with all that it depends on, however its name is written") {
  Folder folder;
  auto distribution = Distribution::Open(folder.path, "2026_0");
  REQUIRE(distribution);
  auto packages = distribution->Select({"B"});
  REQUIRE(packages);
  CHECK(*packages ==
        std::vector<Package>{{"A_b", "1.0", "a.whl", "aa"}, {"b", "2", "b.whl", "bb"}});
  CHECK(distribution->Select({}).value().empty());
}

TEST_CASE("of a package's modules the one that has its name is imported, or else the first") {
  Folder folder;
  auto distribution = Distribution::Open(folder.path, "2026_0");
  REQUIRE(distribution);
  CHECK(distribution->ModulesOf({"a.b", "b"}) == std::vector<std::string>{"a_b", "bee"});
}

TEST_CASE("a package that is not there is refused, with the one that is nearest") {
  Folder folder;
  auto packages = Distribution::Open(folder.path, "2026_0")->Select({"b", "a-c"});
  REQUIRE(!packages);
  CHECK(packages.error().code() == Code::kCaller);
  CHECK(Has(packages.error().message(), "did you mean 'a-b'?"));
}

TEST_CASE("what is no distribution, or one for another Pyodide, is refused") {
  Folder folder;
  CHECK(OpenError(folder) == "");
  CHECK(Has(Distribution::Open(folder.path, "2025_0").error().message(), "ABI \"2026_0\""));
  folder.Write("pyodide-lock.json", "[]");
  CHECK(Has(OpenError(folder), "is no lock file of Pyodide"));
  folder.Write("pyodide-lock.json", R"({"info":{},"packages":{}})");
  CHECK(Has(OpenError(folder), "ABI null"));
  unlink((folder.path + "/pyodide-lock.json").c_str());
  CHECK(Has(OpenError(folder), "No such file"));
}

TEST_CASE("a lock file's entry that is damaged, or leads out of the folder, is refused") {
  Folder folder;
  for (const char* entry : {R"("b":[])", R"("b":{"name":"b","version":"2"})",
                            R"("b":{"name":"b","version":"2","file_name":"../b.whl","sha256":"",)"
                            R"("depends":[],"imports":[]})",
                            R"("b":{"name":"b","version":"2","file_name":"b.whl","sha256":"",)"
                            R"("depends":[7],"imports":[]})"}) {
    CAPTURE(entry);
    folder.WriteLock(entry);
    CHECK(!Distribution::Open(folder.path, "2026_0")->Select({"b"}));
  }
}

TEST_CASE("a bundle has its head and the wheels' bytes; a missing wheel is named") {
  Folder folder;
  auto distribution = Distribution::Open(folder.path, "2026_0");
  auto packages = distribution->Select({"b"});
  auto fd = distribution->Bundle(*packages, {"m"});
  REQUIRE(fd);
  std::string bytes(4096, '\0');
  bytes.resize(static_cast<size_t>(read(*fd, bytes.data(), bytes.size())));
  close(*fd);
  uint64_t length = DecodeBundleLength(bytes);
  auto head = DecodeBundleHead(bytes.substr(kBundleLength, length));
  REQUIRE(head);
  CHECK(head->preload == std::vector<std::string>{"m"});
  CHECK(head->wheels.size() == 2);
  CHECK(head->wheels[1].size == 2);
  CHECK(head->lock["a-b"]["version"] == "1.0");
  CHECK(bytes.substr(kBundleLength + length) == "aaabb");

  unlink((folder.path + "/a.whl").c_str());
  auto missing = distribution->Bundle(*packages, {});
  REQUIRE(!missing);
  CHECK(Has(missing.error().message(), "a.whl, the wheel of A_b: No such file"));
}

}  // namespace v8py
