#include "mcp/http/exchange.h"

#include <algorithm>

namespace v8py::mcp {

namespace {

// A client that hears nothing for so long may think that nobody is there.
constexpr std::chrono::milliseconds kPatience{1000};
constexpr std::chrono::seconds kBetweenComments{15};
// What may be dropped is, while more than this waits.
constexpr size_t kOptionalBytes = size_t{1} << 20;
constexpr size_t kBlock = size_t{64} << 10;

int SocketOf(const MicroHttpd& library, MHD_Connection* connection) {
  return library.get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

}  // namespace

HttpExchange::HttpExchange(const MicroHttpd& library, MHD_Connection* connection, HttpWatch& watch)
    : library_(library),
      watch_(watch),
      socket_(SocketOf(library, connection)),
      connection_(connection) {}

HttpExchange::~HttpExchange() { watch_.held -= body_.size() + text_.size() - sent_; }

void HttpExchange::AddBody(std::string_view bytes) {
  if (begun_) return;
  too_long_ |= body_.size() + bytes.size() > Connection::kMaxMessage;
  if (too_long_) return DropBody();
  body_.append(bytes);
  watch_.held += bytes.size();
}

void HttpExchange::DropBody() {
  watch_.held -= body_.size();
  std::string().swap(body_);
}

void HttpExchange::AddHeader(std::string name, std::string value) {
  headers_.emplace_back(std::move(name), std::move(value));
}

void HttpExchange::Reply(int status, const std::string& text, std::string_view type) {
  begun_ = true;
  DropBody();
  std::lock_guard lock(mutex_);
  answered_ = true;
  status_ = status;
  type_ = type;
  Say(text);
}

void HttpExchange::Pass(std::shared_ptr<Connection> connection, Json message, Manner manner) {
  begun_ = true;
  manner_ = manner;
  if (manner.own) own_ = connection;
  // Goes with the last who could say something.
  struct Voice {
    std::shared_ptr<HttpExchange> exchange;
    ~Voice() { exchange->Finish(); }
  };
  bool taken = false;
  {
    auto voice = std::make_shared<Voice>(shared_from_this());
    taken = connection->Receive(
        std::move(message), body_,
        [voice](const Json& said, Urgency urgency) { voice->exchange->Send(said, urgency); });
  }
  DropBody();
  std::lock_guard lock(mutex_);
  // Nothing has been sent yet. In the other revisions an error is an answer like others, if it has
  // the request's id.
  bool refused = !taken && answered_;
  bool incapable = error_ == static_cast<int>(ErrorCode::kMissingCapability);
  if (manner.modern && (refused || incapable)) {
    status_ = error_ == static_cast<int>(ErrorCode::kMethodNotFound) ? 404 : 400;
  }
  if (refused && !has_id_) status_ = 400;
}

void HttpExchange::Send(const Json& message, Urgency urgency) {
  bool is_answer = message.is_array() || message.contains("result") || message.contains("error");
  std::lock_guard lock(mutex_);
  if (!connection_ || abandoned_ || answered_) return;
  if (!is_answer && !manner_.streams) return;
  if (urgency == Urgency::kOptional && text_.size() - sent_ > kOptionalBytes) return;
  if (!is_answer) streaming_ = true;
  if (streaming_) {
    Say("event: message\ndata: " + DumpJson(message) + "\n\n");
  } else {
    Say(DumpJson(message));
    status_ = 200;
    has_id_ = !Member(message, "id").is_null();
    const Json& code = Member(Member(message, "error"), "code");
    if (code.is_number_integer()) error_ = code.get<int>();
  }
  answered_ = is_answer;
  spoke_ = Clock::now();
  Resume();
}

void HttpExchange::Finish() {
  std::lock_guard lock(mutex_);
  finished_ = true;
  Resume();
}

void HttpExchange::Abandon() {
  std::shared_ptr<Connection> own;
  {
    std::lock_guard lock(mutex_);
    abandoned_ = true;
    own = std::move(own_);
    Resume();
  }
}

void HttpExchange::Detach() {
  std::shared_ptr<Connection> own;
  {
    std::lock_guard lock(mutex_);
    connection_ = nullptr;
    own = std::move(own_);
  }
}

void HttpExchange::Tick(Clock::time_point now) {
  std::lock_guard lock(mutex_);
  if (!suspended_ || !manner_.streams) return;
  if (!streaming_ && now - began_ >= kPatience) {
    streaming_ = true;
    Resume();
  } else if (streaming_ && now - spoke_ >= kBetweenComments) {
    Say(":\n\n");
    spoke_ = now;
    Resume();
  }
}

void HttpExchange::Say(std::string_view text) {
  text_ += text;
  watch_.held += text.size();
}

void HttpExchange::Suspend() {
  library_.suspend_connection(connection_);
  suspended_ = true;
  if (watch_.Add(socket_, weak_from_this())) return;
  abandoned_ = true;
  Resume();
}

void HttpExchange::Resume() {
  if (!suspended_) return;
  suspended_ = false;
  watch_.Remove(socket_);
  library_.resume_connection(connection_);
}

MHD_Result HttpExchange::Proceed() {
  std::unique_lock lock(mutex_);
  if (abandoned_) return MHD_NO;
  bool streaming = streaming_;
  if (!streaming && !answered_ && !finished_) {
    Suspend();
    return MHD_YES;
  }
  std::string text = streaming ? "" : text_, type = text.empty() ? "" : type_;
  int status = status_;
  // The library has locks of its own for what it sends, one of which it holds when it calls Read().
  lock.unlock();
  if (!streaming) {
    return Queue(
        library_.create_response_from_buffer(text.size(), text.data(), MHD_RESPMEM_MUST_COPY),
        status, type);
  }
  auto read = [](void* self, uint64_t, char* data, size_t size) {
    return (*static_cast<std::shared_ptr<HttpExchange>*>(self))->Read(data, size);
  };
  auto release = [](void* self) { delete static_cast<std::shared_ptr<HttpExchange>*>(self); };
  MHD_Response* response = library_.create_response_from_callback(
      MHD_SIZE_UNKNOWN, kBlock, read, new std::shared_ptr(shared_from_this()), release);
  if (response) library_.add_response_header(response, "X-Accel-Buffering", "no");
  return Queue(response, 200, "text/event-stream");
}

MHD_Result HttpExchange::Queue(MHD_Response* response, int status, const std::string& type) {
  if (!response) return MHD_NO;
  if (!type.empty()) library_.add_response_header(response, "Content-Type", type.c_str());
  library_.add_response_header(response, "Cache-Control", "no-store");
  for (const auto& [name, value] : headers_) {
    library_.add_response_header(response, name.c_str(), value.c_str());
  }
  MHD_Result queued = library_.queue_response(connection_, static_cast<unsigned>(status), response);
  library_.destroy_response(response);
  return queued;
}

ssize_t HttpExchange::Read(char* data, size_t size) {
  std::lock_guard lock(mutex_);
  if (abandoned_) return MHD_CONTENT_READER_END_WITH_ERROR;
  size_t count = std::min(size, text_.size() - sent_);
  if (count > 0) {
    std::copy_n(text_.data() + sent_, count, data);
    sent_ += count;
    watch_.held -= count;
    if (sent_ == text_.size()) {
      text_.clear();
      sent_ = 0;
    }
    return static_cast<ssize_t>(count);
  }
  if (answered_ || finished_) return MHD_CONTENT_READER_END_OF_STREAM;
  Suspend();
  return 0;
}

}  // namespace v8py::mcp
