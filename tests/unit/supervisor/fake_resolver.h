// Stands in for the machine's resolver, for names of a test. Whoever asks getaddrinfo() in this
// process gets what is said here; names that nobody has named go to the real one.
#pragma once

#include <string>
#include <vector>

namespace v8py {

class FakeResolver {
 public:
  FakeResolver();
  ~FakeResolver();
  FakeResolver(const FakeResolver&) = delete;

  // Questions for `host` are answered with these one after another, the last of them for ever.
  // Each is a list of addresses; one that is empty: there is no such name.
  void Answer(const std::string& host, std::vector<std::vector<std::string>> answers);
  // The names that were asked for, in order, in one process: numbers are not.
  std::vector<std::string> asked() const;
};

}  // namespace v8py
