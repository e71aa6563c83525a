// A program's network service on a loop of its own, with names that resolve to whatever is wanted.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>

#include "supervisor/network/network_service.h"
#include "unit/leak_check.h"
#include "unit/supervisor/fake_resolver.h"

namespace v8py {

struct NetworkFixture {
  NetworkFixture() {
    // What libcurl has for its process.
    loop->Post([] { CHECK(Curl::Load()); });
    Allow("127.0.0.1");
  }
  ~NetworkFixture() { End(); }

  void Allow(const std::string& pattern) { CHECK(access->network.Allow(pattern).ok()); }
  void Deny(const std::string& pattern) { CHECK(access->network.Deny(pattern).ok()); }
  void End() {
    Do([this] { service.reset(); });
  }
  void Do(std::function<void()> what) {
    std::promise<void> done;
    loop->Post([&] { what(), done.set_value(); });
    done.get_future().wait();
  }
  // The loop stands still, and what happens meanwhile happens to it all at once, in this order. By
  // a timer: epoll tells first of what it has just told of, and that is what is posted.
  void DoAllAtOnce(std::function<void()> what) {
    std::promise<void> stands, goes_on;
    std::optional<Timer> timer;
    Do([&] {
      timer.emplace(*loop);
      timer->Start(10, [&] { stands.set_value(), goes_on.get_future().wait(); });
    });
    stands.get_future().wait();
    what();
    goes_on.set_value();
    Do([&] { timer.reset(); });
  }
  std::future<Answer> Begin(const std::string& name, Json arguments, std::string data = "") {
    auto promise = std::make_shared<std::promise<Answer>>();
    auto future = promise->get_future();
    loop->Post([this, name, arguments = std::move(arguments), data = std::move(data), promise] {
      if (!service) service = std::make_unique<NetworkService>(*loop, access, 7, limits);
      service->Handle(name, arguments, data,
                      [promise](Answer answer) { promise->set_value(std::move(answer)); });
    });
    return future;
  }
  Answer Ask(const std::string& name, Json arguments, std::string data = "") {
    return Begin(name, std::move(arguments), std::move(data)).get();
  }
  Json Request(const std::string& url, const std::string& method = "GET",
               Json headers = Json::array()) {
    return {++last, method, url, std::move(headers), "follow", false, -1, 0};
  }
  Answer Get(const std::string& url) { return Ask("net.open", Request(url)); }
  // The rest of the body of exchange `number`, with the name of its failure at the end.
  std::string ReadAll(uint64_t number) {
    for (std::string body;;) {
      Answer part = Ask("net.read", {number});
      if (!part.error.empty()) return body + "!" + part.error;
      body += part.data;
      if (part.result == true) return body;
    }
  }
  // "200 body", "EACCES", "200 part!ECONNRESET".
  std::string Fetch(Json request, std::string body = "") {
    uint64_t number = request[0];
    Answer head = Ask("net.open", std::move(request), std::move(body));
    if (!head.error.empty()) return head.error;
    return std::to_string(head.result[0].get<int>()) + " " + ReadAll(number);
  }
  std::string Fetch(const std::string& url) { return Fetch(Request(url)); }

  LeakCheck leaks;  // last to go
  FakeResolver resolver;
  std::unique_ptr<Loop> loop = Loop::Start().value();
  std::shared_ptr<Access> access = std::make_shared<Access>();
  NetworkService::Limits limits{1 << 30, 10'000};
  std::unique_ptr<NetworkService> service;
  uint64_t last = 0;
};

}  // namespace v8py
