#include "supervisor/packages/sha256.h"

#include <dlfcn.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <type_traits>
#include <vector>

namespace v8py {

namespace {

struct Crypto {
  decltype(&EVP_MD_CTX_new) context_new = nullptr;
  decltype(&EVP_MD_CTX_free) context_free = nullptr;
  decltype(&EVP_DigestInit_ex) init = nullptr;
  decltype(&EVP_DigestUpdate) update = nullptr;
  decltype(&EVP_DigestFinal_ex) final = nullptr;
  decltype(&EVP_sha256) sha256 = nullptr;
  decltype(&EVP_sha1) sha1 = nullptr;
  Status status;
};

Crypto LoadCrypto() {
  Crypto crypto;
  void* library = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    crypto.status = WorldError(
        "packages need OpenSSL's libcrypto, which cannot be loaded; install "
        "libssl3");
    return crypto;
  }
  auto find = [&](auto& function, const char* name) {
    void* symbol = dlsym(library, name);
    if (!symbol) crypto.status = WorldError(std::string("libcrypto has no ") + name);
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(symbol);
  };
  find(crypto.context_new, "EVP_MD_CTX_new");
  find(crypto.context_free, "EVP_MD_CTX_free");
  find(crypto.init, "EVP_DigestInit_ex");
  find(crypto.update, "EVP_DigestUpdate");
  find(crypto.final, "EVP_DigestFinal_ex");
  find(crypto.sha256, "EVP_sha256");
  find(crypto.sha1, "EVP_sha1");
  return crypto;
}

const Crypto& TheCrypto() {
  static const Crypto crypto = LoadCrypto();
  return crypto;
}

}  // namespace

Sha256::Sha256(void* context)
    : context_(context,
               [](void* made) { TheCrypto().context_free(static_cast<EVP_MD_CTX*>(made)); }) {}

Result<Sha256> Sha256::Begin() {
  const Crypto& crypto = TheCrypto();
  if (!crypto.status.ok()) return Fail(crypto.status);
  EVP_MD_CTX* context = crypto.context_new();
  if (!context) return Fail(WorldError("SHA-256: out of memory"));
  Sha256 hash(context);
  if (crypto.init(context, crypto.sha256(), nullptr) != 1) {
    return Fail(WorldError("OpenSSL has no SHA-256 here"));
  }
  return hash;
}

void Sha256::Add(std::string_view bytes) {
  TheCrypto().update(static_cast<EVP_MD_CTX*>(context_.get()), bytes.data(), bytes.size());
}

std::string Sha256::Finish() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  TheCrypto().final(static_cast<EVP_MD_CTX*>(context_.get()), digest, &size);
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += "0123456789abcdef"[digest[i] >> 4];
    text += "0123456789abcdef"[digest[i] & 15];
  }
  return text;
}

Result<std::string> Sha1(std::string_view text) {
  const Crypto& crypto = TheCrypto();
  if (!crypto.status.ok()) return Fail(crypto.status);
  std::unique_ptr<EVP_MD_CTX, decltype(crypto.context_free)> context(crypto.context_new(),
                                                                     crypto.context_free);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  bool done = context && crypto.init(context.get(), crypto.sha1(), nullptr) == 1 &&
              crypto.update(context.get(), text.data(), text.size()) == 1 &&
              crypto.final(context.get(), digest, &size) == 1;
  if (!done) return Fail(WorldError("OpenSSL has no SHA-1 here"));
  return std::string(reinterpret_cast<const char*>(digest), size);
}

Result<std::string> Sha256OfFile(int fd) {
  Result<Sha256> hash = Sha256::Begin();
  if (!hash) return Fail(hash.error());
  std::vector<char> buffer(size_t{1} << 20);
  off_t at = 0;
  for (;;) {
    ssize_t got = pread(fd, buffer.data(), buffer.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Fail(ErrnoError("reading a file for its hash", errno));
    if (got == 0) return hash->Finish();
    hash->Add({buffer.data(), static_cast<size_t>(got)});
    at += got;
  }
}

}  // namespace v8py
