// A client's lines, to a connection with the tools of `v8py mcp`. Programs fail to start, as when
// an installation is broken: what is under way, answered and cancelled is all there is to see.
#include "mcp/connection.h"

#include <map>
#include <mutex>

#include "fuzz/fuzz.h"
#include "mcp/render.h"
#include "mcp/service.h"

namespace v8py::fuzz {

namespace {

constexpr int kLongMs = 20'000;

mcp::Service& TheService() {
  static mcp::Service service(
      [] {
        mcp::Settings settings;
        settings.prepare = [](v8py_runtime* runtime) {
          return v8py_runtime_set_image(runtime, "/nowhere/v8py.image");
        };
        settings.grant = [](v8py_options* options) {
          return v8py_options_set_limit(options, V8PY_LIMIT_WALL, 0);
        };
        return settings;
      }(),
      [] { return false; });
  return service;
}

// What a client gets, and what it deserves. Answers by the JSON of their ids; "": without one.
class Client {
 public:
  // A line that is about to be sent.
  void Expect(std::string_view line) {
    if (line.find_first_not_of(" \t\r") == line.npos) return;
    mcp::ErrorCode code{};
    Result<Json> value = mcp::ParseLine(line, code);
    if (value && value->is_array() && has_batches_ && !value->empty()) {
      for (const Json& message : *value) ExpectMessage(message);
    } else {
      value ? ExpectMessage(*value) : Expect(Json());
    }
  }

  void Take(const Json& message) {
    std::string line = DumpJson(message);
    MustBeLine(line);
    Must(line.size() <= mcp::kMostLine, "a line is not too long");
    std::lock_guard lock(mutex_);
    if (message.is_array()) {
      Must(has_batches_ && !message.empty(), "an array answers a batch", line);
      for (const Json& answer : message) TakeMessage(answer);
    } else {
      TakeMessage(message);
    }
  }

  // After the last line: nothing is owed to anybody.
  void CheckEnd() {
    std::lock_guard lock(mutex_);
    size_t expected = 0, got = 0, cancelled = 0;
    for (const auto& [id, count] : expected_) {
      expected += count;
      if (cancelled_.contains(id)) cancelled += count;
      size_t answers = got_.contains(id) ? got_[id] : 0;
      // Of several with one id, all but the first may be refused without it.
      bool all = count == 1 && !cancelled_.contains(id) && !id.empty();
      Must(answers == count || !all, "a request is answered", id);
    }
    for (const auto& [id, count] : got_) {
      got += count;
      Must(id.empty() || count <= expected_[id], "a request is answered once", id);
    }
    Must(got <= expected && got + cancelled >= expected, "each request has one answer");
  }

 private:
  void Expect(const Json& id) { ++expected_[id.is_null() ? "" : DumpJson(id)]; }

  void ExpectMessage(const Json& value) {
    using Kind = mcp::Incoming::Kind;
    mcp::Incoming message = mcp::ReadMessage(value);
    if (message.kind == Kind::kRequest || message.kind == Kind::kInvalid) Expect(message.id);
    bool cancels =
        message.kind == Kind::kNotification && message.method == "notifications/cancelled";
    if (cancels) cancelled_[DumpJson(mcp::Member(message.params, "requestId"))] = true;
  }

  void TakeMessage(const Json& message) {
    std::string text = DumpJson(message);
    Must(message.is_object() && message.value("jsonrpc", "") == "2.0", "a message is one", text);
    const Json& id = mcp::Member(message, "id");
    if (message.contains("method")) {
      Must(id.is_null() && !message.contains("result"), "the server asks nothing", text);
      return;
    }
    const Json& error = mcp::Member(message, "error");
    Must(message.contains("result") != error.is_object(), "an answer is one of two", text);
    Must(error.is_null() ? mcp::IsId(id) : id.is_null() || mcp::IsId(id), "an id is one", text);
    Must(error.is_null() || (mcp::Member(error, "code").is_number_integer() &&
                             mcp::Member(error, "message").is_string()),
         "an error has a code and a text", text);
    ++got_[id.is_null() ? "" : DumpJson(id)];
    const Json& version = mcp::Member(mcp::Member(message, "result"), "protocolVersion");
    has_batches_ = has_batches_ || version == "2025-03-26";
  }

  std::mutex mutex_;
  std::map<std::string, size_t> expected_, got_;
  std::map<std::string, bool> cancelled_;
  bool has_batches_ = false;
};

}  // namespace

}  // namespace v8py::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace v8py;
  using namespace v8py::fuzz;
  Client client;
  {
    mcp::SendMessage send = [&client](const Json& message, mcp::Urgency) { client.Take(message); };
    mcp::Connection connection(TheService());
    for (std::string_view line : Lines(Text(data, size))) {
      client.Expect(line);
      connection.Receive(line, send);
    }
    Must(TheService().WaitUntilIdle(kLongMs), "calls end");
  }
  client.CheckEnd();
  return 0;
}
