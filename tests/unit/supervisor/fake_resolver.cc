#include "unit/supervisor/fake_resolver.h"

#include <dlfcn.h>
#include <netdb.h>

#include <map>
#include <mutex>

namespace v8py {

namespace {

using Answers = std::vector<std::vector<std::string>>;

std::mutex mutex;
bool faked = false;
std::map<std::string, Answers> names;
std::vector<std::string> questions;

using Function = int(const char*, const char*, const addrinfo*, addrinfo**);

Function* Real() {
  static auto* real = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return real;
}

bool IsNumber(const char* host) {
  addrinfo hints{}, *list = nullptr;
  hints.ai_flags = AI_NUMERICHOST;
  bool number = Real()(host, nullptr, &hints, &list) == 0;
  if (number) freeaddrinfo(list);
  return number;
}

int ToList(const std::vector<std::string>& addresses, const addrinfo* hints, addrinfo** result) {
  addrinfo numeric = hints ? *hints : addrinfo{};
  numeric.ai_flags = AI_NUMERICHOST;
  *result = nullptr;
  addrinfo** end = result;
  for (const std::string& address : addresses) {
    if (Real()(address.c_str(), nullptr, &numeric, end) != 0) continue;
    while (*end) end = &(*end)->ai_next;
  }
  return *result ? 0 : EAI_NONAME;
}

}  // namespace

FakeResolver::FakeResolver() {
  std::lock_guard lock(mutex);
  faked = true;
}

FakeResolver::~FakeResolver() {
  std::lock_guard lock(mutex);
  faked = false;
  names.clear();
  questions.clear();
}

void FakeResolver::Answer(const std::string& host, Answers answers) {
  std::lock_guard lock(mutex);
  names[host] = std::move(answers);
}

std::vector<std::string> FakeResolver::asked() const {
  std::lock_guard lock(mutex);
  return questions;
}

}  // namespace v8py

// In place of the C library's, for libuv and libcurl too: a program's symbols come first.
extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char* host,
                                                                  const char* service,
                                                                  const addrinfo* hints,
                                                                  addrinfo** result) {
  using namespace v8py;
  if (host && !IsNumber(host)) {
    std::lock_guard lock(mutex);
    if (faked) questions.emplace_back(host);
    auto found = names.find(host);
    if (found != names.end()) {
      auto addresses = found->second.front();
      if (found->second.size() > 1) found->second.erase(found->second.begin());
      return ToList(addresses, hints, result);
    }
  }
  return Real()(host, service, hints, result);
}
