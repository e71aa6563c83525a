#include "supervisor/packages/sha256.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <fstream>

#include "os/descriptor.h"
#include "supervisor/packages/pack_seal.h"
#include "unit/temporary_folder.h"

namespace v8py {

namespace {

std::string HashOfParts(const std::vector<std::string>& parts) {
  auto hash = Sha256::Begin();
  REQUIRE(hash);
  for (const std::string& part : parts) hash->Add(part);
  return hash->Finish();
}

Descriptor FileOf(const TemporaryFolder& folder, const std::string& text) {
  std::string path = folder.path() + "/file";
  std::ofstream(path, std::ios::binary) << text;
  return Descriptor(open(path.c_str(), O_RDWR | O_CLOEXEC));
}

}  // namespace

TEST_CASE("SHA-256 gives what FIPS 180-4's examples have") {
  CHECK(HashOfParts({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(HashOfParts({"abc"}) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(HashOfParts({"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"}) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(HashOfParts({std::string(1'000'000, 'a')}) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  CHECK(HashOfParts({"a", "", "bc"}) == HashOfParts({"abc"}));
}

TEST_CASE("the hash of a file is of all of it, wherever its offset is") {
  TemporaryFolder folder;
  std::string text(3'000'001, 'x');
  Descriptor file = FileOf(folder, text);
  REQUIRE(lseek(file.get(), 1000, SEEK_SET) == 1000);
  CHECK(Sha256OfFile(file.get()) == HashOfParts({text}));
  CHECK(lseek(file.get(), 0, SEEK_CUR) == 1000);
  CHECK(!Sha256OfFile(-1));
}

TEST_CASE("a seal holds until a bit of the file or of the seal turns, or a byte goes") {
  TemporaryFolder folder;
  Descriptor file = FileOf(folder, "the bytes of a pack");
  CHECK(IsSealed(file.get()) == false);
  REQUIRE(Seal(file.get()).ok());
  CHECK(IsSealed(file.get()) == true);
  off_t size = lseek(file.get(), 0, SEEK_END);
  CHECK(size == 19 + 64);
  for (off_t at : {off_t{0}, off_t{18}, off_t{19}, size - 1}) {
    char byte = 0;
    REQUIRE(pread(file.get(), &byte, 1, at) == 1);
    char turned = static_cast<char>(byte ^ 1);
    REQUIRE(pwrite(file.get(), &turned, 1, at) == 1);
    CHECK(IsSealed(file.get()) == false);
    REQUIRE(pwrite(file.get(), &byte, 1, at) == 1);
    CHECK(IsSealed(file.get()) == true);
  }
  REQUIRE(ftruncate(file.get(), size - 1) == 0);
  CHECK(IsSealed(file.get()) == false);
  REQUIRE(ftruncate(file.get(), 10) == 0);
  CHECK(IsSealed(file.get()) == false);
  CHECK(!IsSealed(-1));
}

}  // namespace v8py
