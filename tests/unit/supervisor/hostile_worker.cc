// A worker as an attacker would have it: it speaks frames, badly. Arguments: what to do, one word
// each, in order; what a word is about follows a colon. Descriptor 3 is its socket, as with the
// real one.
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/frame.h"
#include "base/message.h"

namespace v8py {
namespace {

constexpr int kSocket = 3;

void SendBytes(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t sent = send(kSocket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) _exit(0);
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

void Send(const FromWorker& message) { SendBytes(EncodeMessage(message)); }

ResultMessage ResultOk() {
  ResultMessage result;
  result.where = {"File \"a.py\", line 1, in <module>"};
  return result;
}

ResultMessage ResultKept() {
  ResultMessage result = ResultOk();
  result.kept = true;
  return result;
}

FrameReader reader(kMaxFrameToWorker);

// Reads messages until one of the wanted kind.
template <typename Message>
Message Receive() {
  for (;;) {
    auto payload = reader.Next();
    if (payload && *payload) {
      auto message = DecodeToWorker(**payload);
      if (message && std::holds_alternative<Message>(*message)) return std::get<Message>(*message);
      continue;
    }
    char buffer[4096];
    ssize_t got = read(kSocket, buffer, sizeof buffer);
    if (got <= 0) _exit(0);
    reader.Append({buffer, static_cast<size_t>(got)});
  }
}

uint64_t last_call = 0;

// "NAME=ARGUMENTS", the latter as JSON.
CallMessage CallOf(std::string_view text) {
  size_t equals = text.find('=');
  Json arguments = ParseJson(text.substr(equals + 1)).value_or(Json());
  return {++last_call, std::string(text.substr(0, equals)), arguments, "data"};
}

// Calls, and prints the answer.
void Ask(std::string_view text) {
  Send(CallOf(text));
  ReplyMessage reply = Receive<ReplyMessage>();
  bool mine = reply.id == last_call;
  std::string answer = reply.error.empty() ? DumpJson(reply.result) : reply.error;
  Send(OutputMessage{1, (mine ? "" : "another's: ") + answer + "\n"});
}

// The same with descriptors beside it.
void AskWithDescriptors(std::string_view text) {
  std::string frame = EncodeMessage(FromWorker(CallOf(text)));
  iovec bytes{frame.data(), frame.size()};
  constexpr int kCount = 50;
  alignas(cmsghdr) char control[CMSG_SPACE(kCount * sizeof(int))] = {};
  msghdr packet{};
  packet.msg_iov = &bytes;
  packet.msg_iovlen = 1;
  packet.msg_control = control;
  packet.msg_controllen = sizeof control;
  cmsghdr* head = CMSG_FIRSTHDR(&packet);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(kCount * sizeof(int));
  std::vector<int> descriptors(kCount, kSocket);
  memcpy(CMSG_DATA(head), descriptors.data(), kCount * sizeof(int));
  if (sendmsg(kSocket, &packet, MSG_NOSIGNAL) <= 0) _exit(0);
  std::string error = Receive<ReplyMessage>().error;
  Send(OutputMessage{1, (error.empty() ? "done" : error) + "\n"});
}

void DoWith(std::string_view word, std::string_view text) {
  if (word == "ask") return Ask(text);
  if (word == "gift") return AskWithDescriptors(text);
  if (word == "late") return Send(CallOf(text));
  if (word == "flood") {
    for (int i = 0; i < 10'000; ++i) Send(CallOf(text));
  }
  // Each when the one before may well be answered, and no answer is taken.
  if (word == "hoard") {
    for (int i = 0; i < 10'000; ++i) {
      Send(CallOf(text));
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }
}

void Do(std::string_view word) {
  size_t colon = word.find(':');
  if (colon != std::string_view::npos) return DoWith(word.substr(0, colon), word.substr(colon + 1));
  if (word == "ready") return Send(ReadyMessage{"13", "314", "3.14", {}, 0});
  if (word == "run") return void(Receive<RunMessage>());
  if (word == "input") return Send(OutputMessage{1, Receive<InputMessage>().data});
  if (word == "interrupt") return void(Receive<InterruptMessage>());
  if (word == "want") return Send(WantInputMessage{});
  if (word == "output") return Send(OutputMessage{1, "output\n"});
  if (word == "result") return Send(ResultOk());
  if (word == "kept") return Send(ResultKept());
  if (word == "serve") {
    for (;;) Receive<RunMessage>(), Send(ResultKept());
  }
  if (word == "fault") return Send(FaultMessage{"an asset is corrupted"});
  if (word == "garbage") return SendBytes(EncodeFrame("\xff\xff\xff"));
  if (word == "long") return SendBytes("\xff\xff\xff\x7f");
  if (word == "deep") return SendBytes(EncodeFrame(std::string(1 << 20, '\x81')));
  if (word == "half") return SendBytes(EncodeMessage(FromWorker(ResultOk())).substr(0, 20));
  if (word == "crash") return void(raise(SIGKILL));
  if (word == "exit") _exit(4);
  if (word == "sleep") std::this_thread::sleep_for(std::chrono::seconds(100));
  if (word == "sleep_little") std::this_thread::sleep_for(std::chrono::milliseconds(50));
  if (word == "spin") {
    for (;;) {
      asm volatile("");
    }
  }
  if (word == "flood") {
    for (;;) Send(OutputMessage{1, std::string(100'000, 'x')});
  }
  if (word == "wants") {
    for (;;) Send(WantInputMessage{});
  }
}

}  // namespace
}  // namespace v8py

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) v8py::Do(argv[i]);
  return 0;
}
