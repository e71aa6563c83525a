// One client and what it has negotiated: from its messages to what a server offers, and back.
// Which era a client is of is decided by how it opens, as the specification's "Versioning" says.
// Knows nothing of how messages are carried.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/json_rpc.h"
#include "mcp/offer.h"

namespace v8py::mcp {

class Connection {
 public:
  // The longest message that is read, in bytes.
  static constexpr size_t kMaxMessage = size_t{16} << 20;

  explicit Connection(Offer& offer) : offer_(offer) {}
  // `revision` is known from elsewhere: there is no handshake.
  Connection(Offer& offer, Revision revision);
  // Cancels what is under way, of which nothing more is sent.
  ~Connection();
  Connection(const Connection&) = delete;

  // A message, without its line end. What goes to the client because of it is given to `send`, now
  // or later, from any thread; nothing more will come when the last copy of it is gone. False: it
  // was refused before it came to a method. One thread.
  bool Receive(std::string_view message, const SendMessage& send);
  // The same, of a message that is read already: `value` is that of `text`.
  bool Receive(Json value, std::string_view text, const SendMessage& send);
  // {"name","version","title"} of this server.
  static Json ServerInfo();
  // Answers a message that was longer than kMaxMessage.
  static void RefuseLong(const SendMessage& send);

 private:
  // kUndecided: no request yet that tells.
  enum class Era { kUndecided, kLegacy, kModern };
  struct Request {
    Json id;
    Json params;
    std::string_view text;  // as of Incoming
    Revision revision;      // by which it is answered
    SendMessage send;       // where the answer goes: to the client, or into that of a batch

    void Fail(ErrorCode code, std::string_view message, Json data = nullptr) const;
    // Whether the client, of the newest revision, says that it does.
    bool KnowsTasks() const;
  };
  using Method = void (Connection::*)(const Request&);

  // Members of _meta.
  static constexpr const char* kCapabilitiesKey = "io.modelcontextprotocol/clientCapabilities";
  static constexpr const char* kSubscriptionKey = "io.modelcontextprotocol/subscriptionId";
  static constexpr const char* kLevelNames =
      " is none of debug, info, notice, warning, error, critical, alert, emergency";

  bool ReceiveBatch(Json batch, const SendMessage& send);
  bool Handle(Incoming message, const SendMessage& send);
  bool HandleRequest(Incoming message, const SendMessage& send);
  // The revision that a request is to be answered by; an error was sent when nothing is given.
  std::optional<Revision> RevisionOf(const Incoming& message, const SendMessage& send);
  std::optional<Revision> ReadModern(const Incoming& message, const SendMessage& send);
  static Method FindMethod(std::string_view name, Revision revision);

  void Initialize(const Request& request);
  void Ping(const Request& request);
  void Discover(const Request& request);
  void SetLevel(const Request& request);
  void ListTools(const Request& request);
  void CallTool(const Request& request);
  void ListResources(const Request& request);
  void ListTemplates(const Request& request);
  void ReadResource(const Request& request);
  void Listen(const Request& request);
  void GetTask(const Request& request);
  void UpdateTask(const Request& request);
  void CancelTask(const Request& request);
  // The id of a task that a request is about; an error was sent when nothing is given.
  std::optional<std::string> TaskOf(const Request& request);
  void Cancel(const Json& params);
  // The first page of a list, which is the only one; false: another was asked for.
  bool IsFirstPage(const Request& request);

  // A call that is under way until it is answered; null, once an error was sent, when another has
  // its id.
  std::shared_ptr<ToolCall> Begin(const Request& request,
                                  std::optional<int> keep_for = std::nullopt);
  // `keep_for`: milliseconds for which a client may keep it, of those results that say so.
  void Reply(const Request& request, Json result, std::optional<int> keep_for = std::nullopt);

  // Shared with the calls, which take themselves out of it and may outlive this object.
  struct Open {
    std::mutex mutex;
    std::map<std::string, std::weak_ptr<ToolCall>> calls;  // by the JSON of their ids
  };

  Offer& offer_;
  Era era_ = Era::kUndecided;
  Revision revision_ = kLastLegacy;  // kLegacy: what was negotiated
  Level level_ = Level::kSilent;     // kLegacy
  // Requests that stay open, with their ids.
  std::vector<std::pair<Json, std::shared_ptr<ToolCall>>> listening_;
  std::shared_ptr<Open> open_ = std::make_shared<Open>();
};

}  // namespace v8py::mcp
