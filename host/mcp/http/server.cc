#include "mcp/http/server.h"

#include <poll.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "base/log.h"
#include "mcp/connection.h"
#include "mcp/http/exchange.h"
#include "mcp/http/headers.h"
#include "mcp/http/listener.h"
#include "mcp/http/microhttpd.h"
#include "mcp/http/request_head.h"
#include "mcp/http/sessions.h"
#include "mcp/http/watch.h"
#include "mcp/signals.h"

namespace v8py::mcp {

namespace {

constexpr unsigned kMostConnections = 512;
constexpr unsigned kIdleSeconds = 60;
constexpr int kTidyMs = 1000;
// Of requests and answers, in bytes: while more than this is held no call is begun, or no request
// is taken.
constexpr size_t kFullBytes = size_t{64} << 20;
constexpr size_t kMostHeld = size_t{256} << 20;
constexpr const char* kEndpoint = "/mcp";
constexpr const char* kJsonType = "application/json";

class HttpServer {
 public:
  HttpServer(const MicroHttpd& library, Offer& offer, HttpWatch& watch, const HttpOptions& options)
      : library_(library), offer_(offer), watch_(watch), options_(options) {}
  ~HttpServer();

  Status Start(int socket);
  void Tidy() { sessions_.EndIdle(); }

 private:
  MHD_Result OnRequest(MHD_Connection* connection, std::string_view path, std::string_view method,
                       std::string_view data, size_t& left, void*& place);
  // Refuses who may not ask, and what can be read in two ways.
  void Admit(HttpExchange& exchange, const RequestHead& head, std::string_view method);
  void Begin(HttpExchange& exchange, const RequestHead& head, std::string_view path,
             std::string_view method);
  void BeginPost(HttpExchange& exchange, const RequestHead& head);
  // A message of a revision with a handshake.
  void PassLegacy(HttpExchange& exchange, const McpHeaders& headers, Json message, bool streams);
  void EndSession(HttpExchange& exchange, const McpHeaders& headers);

  const MicroHttpd& library_;
  Offer& offer_;
  HttpWatch& watch_;
  const HttpOptions& options_;
  HttpSessions sessions_{offer_};
  MHD_Daemon* daemon_ = nullptr;
};

void ReplyError(HttpExchange& exchange, int status, ErrorCode code, const Json& id,
                std::string_view text, Json data = nullptr) {
  exchange.Reply(status, DumpJson(MakeError(id, code, text, std::move(data))), kJsonType);
}

void ReplyBusy(HttpExchange& exchange) {
  exchange.AddHeader("Retry-After", "1");
  exchange.Reply(503, "busy: too much is under way; try again later\n");
}

// Whether a list as of Accept names a type.
bool Accepts(HttpAccess::Header list, std::string_view type) {
  if (!list) return true;
  std::string_view family = type.substr(0, type.find('/') + 1);
  return list->find(type) != list->npos || list->find("*/*") != list->npos ||
         list->find(std::string(family) + "*") != list->npos;
}

HttpServer::~HttpServer() {
  watch_.End();
  sessions_.Clear();
  if (daemon_) library_.stop_daemon(daemon_);
}

Status HttpServer::Start(int socket) {
  auto on_request = [](void* self, MHD_Connection* connection, const char* path, const char* method,
                       const char*, const char* data, size_t* size, void** place) -> MHD_Result {
    std::string_view bytes = data ? std::string_view(data, *size) : "";
    return static_cast<HttpServer*>(self)->OnRequest(connection, path, method, bytes, *size,
                                                     *place);
  };
  auto on_end = [](void*, MHD_Connection*, void** place, MHD_RequestTerminationCode) {
    std::unique_ptr<std::shared_ptr<HttpExchange>> exchange(
        static_cast<std::shared_ptr<HttpExchange>*>(*place));
    if (exchange) (*exchange)->Detach();
    *place = nullptr;
  };
  // Not with epoll: when exactly as many connections are ready as it asks for in one go (128), it
  // asks for more, and waits for that, before it serves those (MHD_epoll(), to 1.0 at least).
  daemon_ = library_.start_daemon(
      MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, nullptr, nullptr,
      static_cast<MHD_AccessHandlerCallback>(on_request), this, MHD_OPTION_LISTEN_SOCKET, socket,
      MHD_OPTION_NOTIFY_COMPLETED, static_cast<MHD_RequestCompletedCallback>(on_end), nullptr,
      MHD_OPTION_CONNECTION_LIMIT, kMostConnections, MHD_OPTION_CONNECTION_TIMEOUT, kIdleSeconds,
      MHD_OPTION_END);
  return daemon_ ? Ok() : WorldError("HTTP's library cannot serve");
}

MHD_Result HttpServer::OnRequest(MHD_Connection* connection, std::string_view path,
                                 std::string_view method, std::string_view data, size_t& left,
                                 void*& place) {
  auto* known = static_cast<std::shared_ptr<HttpExchange>*>(place);
  if (!known) {
    // Its headers are here; its body comes with the next calls, and is not kept for everybody.
    known = new std::shared_ptr(std::make_shared<HttpExchange>(library_, connection, watch_));
    place = known;
    Admit(**known, RequestHead(library_, connection), method);
    return MHD_YES;
  }
  HttpExchange& exchange = **known;
  if (left > 0) {
    if (!exchange.has_begun() && watch_.held > kMostHeld) ReplyBusy(exchange);
    exchange.AddBody(data);
    left = 0;
    return MHD_YES;
  }
  if (!exchange.has_begun()) Begin(exchange, RequestHead(library_, connection), path, method);
  return exchange.Proceed();
}

void HttpServer::Admit(HttpExchange& exchange, const RequestHead& head, std::string_view method) {
  if (!head.IsClear()) {
    exchange.AddHeader("Connection", "close");
    return exchange.Reply(400, "the headers can be read in two ways\n");
  }
  auto refusal =
      options_.access.Check(head.Find("Host"), head.Find("Origin"), head.Find("Authorization"));
  if (!refusal) return;
  // A browser asks without the token whether a page may ask with it.
  if (method == "OPTIONS" && refusal->status == 401) return;
  Log("mcp", LogLevel::kWarn, "http: refused: " + refusal->text);
  if (refusal->status == 401) exchange.AddHeader("WWW-Authenticate", "Bearer");
  exchange.Reply(refusal->status, refusal->text + "\n");
}

void HttpServer::Begin(HttpExchange& exchange, const RequestHead& head, std::string_view path,
                       std::string_view method) {
  HttpAccess::Header origin = head.Find("Origin");
  if (origin) {
    exchange.AddHeader("Access-Control-Allow-Origin", std::string(*origin));
    exchange.AddHeader("Access-Control-Expose-Headers", "Mcp-Session-Id");
    exchange.AddHeader("Vary", "Origin");
  }
  if (path != kEndpoint) {
    return exchange.Reply(404, std::string("MCP is at ") + kEndpoint + "\n");
  }
  if (method == "POST") return BeginPost(exchange, head);
  if (method == "DELETE" && options_.sessions) {
    return EndSession(exchange, head.OfMcp());
  }
  if (method == "OPTIONS" && origin) {
    exchange.AddHeader("Access-Control-Allow-Methods", "POST, DELETE");
    exchange.AddHeader("Access-Control-Allow-Headers",
                       "Authorization, Content-Type, Accept, MCP-Protocol-Version, Mcp-Method, "
                       "Mcp-Name, Mcp-Session-Id, Last-Event-ID");
    exchange.AddHeader("Access-Control-Max-Age", "600");
    return exchange.Reply(204, "");
  }
  exchange.AddHeader("Allow", options_.sessions ? "POST, DELETE" : "POST");
  exchange.Reply(405, "a message is sent by POST\n");
}

void HttpServer::BeginPost(HttpExchange& exchange, const RequestHead& head) {
  HttpAccess::Header type = head.Find("Content-Type"), accept = head.Find("Accept");
  if (!type || !type->starts_with(kJsonType)) {
    return exchange.Reply(415, std::string("a message is sent as ") + kJsonType + "\n");
  }
  bool streams = Accepts(accept, "text/event-stream");
  if (!streams && !Accepts(accept, kJsonType)) {
    return exchange.Reply(406, "answers are application/json or text/event-stream\n");
  }
  if (exchange.too_long()) {
    return ReplyError(
        exchange, 413, ErrorCode::kInvalidRequest, nullptr,
        "a message is longer than " + std::to_string(Connection::kMaxMessage) + " bytes");
  }
  if (watch_.held > kMostHeld) return ReplyBusy(exchange);
  ErrorCode code{};
  Result<Json> message = ParseLine(exchange.body(), code);
  if (!message) {
    return ReplyError(exchange, 400, code, nullptr, "Parse error: " + message.error().message());
  }
  McpHeaders headers = head.OfMcp();
  if (!IsModernMessage(headers, *message)) {
    return PassLegacy(exchange, headers, std::move(*message), streams);
  }
  if (std::string problem = FindMismatch(headers, *message); !problem.empty()) {
    const Json& id = Member(*message, "id");
    return ReplyError(exchange, 400, ErrorCode::kHeaderMismatch, IsId(id) ? id : Json(), problem);
  }
  exchange.Pass(std::make_shared<Connection>(offer_, kNewest), std::move(*message),
                {.own = true, .modern = true, .streams = streams});
}

void HttpServer::PassLegacy(HttpExchange& exchange, const McpHeaders& headers, Json message,
                            bool streams) {
  // Those before 2025-06-18 have no such header.
  auto revision = FindRevision(headers.version.value_or("2025-03-26"));
  const Json& id = Member(message, "id");
  if (!revision || IsModern(*revision)) {
    return ReplyError(exchange, 400, ErrorCode::kUnsupportedVersion, IsId(id) ? id : Json(),
                      "Unsupported protocol version",
                      {{"supported", SupportedVersions()}, {"requested", *headers.version}});
  }
  bool opens = Member(message, "method") == "initialize";
  std::shared_ptr<Connection> connection;
  if (!options_.sessions) {
    connection = opens ? std::make_shared<Connection>(offer_)
                       : std::make_shared<Connection>(offer_, *revision);
  } else if (opens) {
    std::string name;
    connection = sessions_.Create(name);
    exchange.AddHeader("Mcp-Session-Id", name);
  } else if (!headers.session) {
    return ReplyError(exchange, 400, ErrorCode::kInvalidRequest, IsId(id) ? id : Json(),
                      "Mcp-Session-Id is missing: begin with initialize");
  } else if (!(connection = sessions_.Find(*headers.session))) {
    return ReplyError(exchange, 404, ErrorCode::kInvalidRequest, IsId(id) ? id : Json(),
                      "there is no such session (any more): begin with initialize");
  }
  exchange.Pass(std::move(connection), std::move(message),
                {.own = !options_.sessions, .modern = false, .streams = streams});
}

void HttpServer::EndSession(HttpExchange& exchange, const McpHeaders& headers) {
  if (!headers.session) return exchange.Reply(400, "Mcp-Session-Id is missing\n");
  if (!sessions_.End(*headers.session)) return exchange.Reply(404, "there is no such session\n");
  exchange.Reply(204, "");
}

}  // namespace

Result<int> ServeHttp(const MakeOffer& make, HttpOptions options,
                      const std::function<void(const std::string& url)>& ready) {
  Result<const MicroHttpd*> library = MicroHttpd::Load();
  if (!library) return Fail(library.error());
  Result<Listener> listener = Listen(options.host, options.port);
  if (!listener) return Fail(listener.error());
  options.access.loopback = listener->loopback;
  if (!listener->loopback && options.access.token.empty()) {
    close(listener->socket);
    return Fail(
        CallerError("others than this machine can reach " + options.host +
                    ": set a token that clients must give, by --http-token-file FILE or in the "
                    "environment variable V8PY_HTTP_TOKEN"));
  }
  int signals = TakeSignals();
  HttpWatch watch;
  // Ends before the watch, to which calls speak to the last.
  std::unique_ptr<Offer> offer = make([&watch] { return watch.held > kFullBytes; });
  HttpServer server(**library, *offer, watch, options);
  Status status = server.Start(listener->socket);
  if (!status.ok()) return Fail(status);
  ready(listener->url + kEndpoint);
  for (;;) {
    pollfd end{signals, POLLIN, 0};
    poll(&end, 1, kTidyMs);
    if (int signal = ReadSignal(signals)) return 128 + signal;
    offer->Tidy();
    server.Tidy();
  }
}

}  // namespace v8py::mcp
