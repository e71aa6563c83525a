// The addresses of a host, by the machine's own resolver. One question.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/status.h"
#include "os/loop.h"
#include "supervisor/permission/address.h"

namespace v8py {

class Resolver {
 public:
  // Calls `on_addresses`, unless this is destroyed before.
  Resolver(Loop& loop, const std::string& host,
           std::function<void(Result<std::vector<Address>>)> on_addresses);
  ~Resolver();
  Resolver(const Resolver&) = delete;

 private:
  struct Question;
  static void OnAnswer(uv_getaddrinfo_t* request, int status, addrinfo* list);

  Question* question_ = nullptr;
  LaterTasks later_;
};

}  // namespace v8py
