#include "supervisor/network/resolver.h"

#include <memory>
#include <utility>

namespace v8py {

struct Resolver::Question {
  uv_getaddrinfo_t request;
  std::string host;
  Resolver* asker;  // null when it has gone
  std::function<void(Result<std::vector<Address>>)> on_addresses;
};

Resolver::Resolver(Loop& loop, const std::string& host,
                   std::function<void(Result<std::vector<Address>>)> on_addresses)
    : later_(loop) {
  auto question = std::make_unique<Question>(Question{{}, host, this, std::move(on_addresses)});
  question->request.data = question.get();
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  int error =
      uv_getaddrinfo(loop.get(), &question->request, OnAnswer, host.c_str(), nullptr, &hints);
  if (error == 0) {
    question_ = question.release();
    return;
  }
  later_.Post([tell = std::move(question->on_addresses), error] {
    tell(Fail(WorldError(std::string("resolving names: ") + uv_strerror(error))));
  });
}

void Resolver::OnAnswer(uv_getaddrinfo_t* request, int status, addrinfo* list) {
  std::unique_ptr<Question> question(static_cast<Question*>(request->data));
  std::vector<Address> addresses;
  for (addrinfo* entry = list; entry; entry = entry->ai_next) {
    if (auto address = Address::Of(entry->ai_addr)) addresses.push_back(*address);
  }
  uv_freeaddrinfo(list);
  if (!question->asker) return;
  question->asker->question_ = nullptr;
  if (status == 0 && !addresses.empty()) return question->on_addresses(std::move(addresses));
  question->on_addresses(
      Fail(WorldError("there is no address of '" + question->host + "' (" +
                      (status != 0 ? uv_strerror(status) : "an empty answer") + ")")));
}

Resolver::~Resolver() {
  if (!question_) return;
  question_->asker = nullptr;
  uv_cancel(reinterpret_cast<uv_req_t*>(&question_->request));
}

}  // namespace v8py
