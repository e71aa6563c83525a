// A request over HTTP, from its arrival to the end of its answer. The answer of a message is one
// JSON value, or a stream of events when something is said before it or it takes its time: the
// specification's "Streamable HTTP".
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mcp/connection.h"
#include "mcp/http/microhttpd.h"
#include "mcp/http/watch.h"

namespace v8py::mcp {

class HttpExchange : public std::enable_shared_from_this<HttpExchange> {
 public:
  using Clock = std::chrono::steady_clock;
  using Headers = std::vector<std::pair<std::string, std::string>>;

  HttpExchange(const MicroHttpd& library, MHD_Connection* connection, HttpWatch& watch);
  ~HttpExchange();
  HttpExchange(const HttpExchange&) = delete;

  // ---- The library's thread ----

  // What comes beyond the longest message, or once there is an answer, is dropped.
  void AddBody(std::string_view bytes);
  bool too_long() const { return too_long_; }
  const std::string& body() const { return body_; }
  // Of the answer, whatever it is.
  void AddHeader(std::string name, std::string value);

  // The answer is this. "": it has no body.
  void Reply(int status, const std::string& text,
             std::string_view type = "text/plain; charset=utf-8");
  // The answer is what `connection` makes of the message in body(), whose value is `message`.
  // `own`: the connection ends with this request, and what is under way when the client goes.
  // `modern`: a refusal is told by HTTP, too. `streams`: the client takes events.
  struct Manner {
    bool own = true, modern = false, streams = false;
  };
  void Pass(std::shared_ptr<Connection> connection, Json message, Manner manner);
  bool has_begun() const { return begun_; }
  // What is next for the library: it begins to send, or waits until it is called again.
  MHD_Result Proceed();
  // The request is over, whatever became of it.
  void Detach();

  // ---- Any thread ----

  // Nobody takes the answer any more.
  void Abandon();
  // A stream begins if there is no answer yet, or is kept open by a comment.
  void Tick(Clock::time_point now);

 private:
  void DropBody();
  void Send(const Json& message, Urgency urgency);
  // Nobody has anything to say any more.
  void Finish();
  // With mutex_ held:
  void Suspend();
  void Resume();
  // What is to be sent, from now on.
  void Say(std::string_view text);
  // Without it. `type` "": it has no body.
  MHD_Result Queue(MHD_Response* response, int status, const std::string& type);
  ssize_t Read(char* data, size_t size);

  const MicroHttpd& library_;
  HttpWatch& watch_;
  const int socket_;
  std::string body_;
  Headers headers_;
  bool too_long_ = false;
  bool begun_ = false;

  std::mutex mutex_;
  MHD_Connection* connection_;       // null: it is over
  std::shared_ptr<Connection> own_;  // null: it is not ours alone, or was let go
  Manner manner_;
  bool suspended_ = false;
  bool streaming_ = false;  // as events
  bool answered_ = false;
  bool finished_ = false;
  bool abandoned_ = false;
  int error_ = 0;        // the code of the answer, if it is one
  bool has_id_ = false;  // of a request
  int status_ = 202;
  std::string type_ = "application/json";
  std::string text_;  // to be sent
  size_t sent_ = 0;   // of it
  const Clock::time_point began_ = Clock::now();
  Clock::time_point spoke_ = began_;
};

}  // namespace v8py::mcp
