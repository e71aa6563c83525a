// What a program wants from outside: each call is given to the service that it is for, which checks
// the permission and does it. The one place where the rights of this process are used for a guest.
// The calls are in the services' headers: files/file_service.h, network/network_service.h,
// packages/installer.h, packages/index.h, displays.h, host_calls.h.
// Rule: on the loop's thread, which it never blocks; shared by a session with its runs.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "base/message.h"
#include "os/loop.h"
#include "supervisor/access.h"
#include "supervisor/displays.h"
#include "supervisor/files/file_service.h"
#include "supervisor/host_calls.h"
#include "supervisor/limits.h"
#include "supervisor/network/network_service.h"

namespace v8py {

class Broker {
 public:
  // `taken` is called when the worker has taken the answer.
  using Send =
      std::function<void(ReplyMessage, std::vector<Descriptor>, std::function<void()> taken)>;

  explicit Broker(Loop& loop) : loop_(loop), later_(loop) {}

  // A program begins, with these rights. Calls that one before it has left are not answered.
  void Begin(std::shared_ptr<const Access> access, const Limits& limits, HostCalls host_calls,
             Send send);
  // The program has ended: nothing is sent any more.
  void End();
  // False when the worker asks more at once than any of ours does, or does not take the answers.
  [[nodiscard]] bool Handle(CallMessage call);
  // The last refusal for want of a permission since Begin(): what it was; "": there was none.
  const std::string& denial() const { return denial_; }
  // Packages that it was given and has installed: names and versions.
  std::vector<std::pair<std::string, std::string>> packages() const;
  // What the program has shown since Begin(), which is the caller's from now on.
  std::vector<Display> TakeDisplays() { return displays_.Take(); }

 private:
  void NextFileCall();
  void AskIndex(CallMessage call);
  void InstallPackages(CallMessage call);
  // A call that wants for a permission is made again when somebody gives it.
  void ReplyOrAsk(uint64_t run, CallMessage call, Answer answer);
  AnswerTo ReplyTo(uint64_t id);
  void Reply(uint64_t run, uint64_t id, Answer answer);

  Loop& loop_;
  LaterTasks later_;
  std::shared_ptr<const Access> access_;
  Send send_;
  std::optional<HostCalls> host_calls_;
  uint64_t run_ = 0;
  size_t under_way_ = 0;  // calls without an answer that the worker has taken
  std::string denial_;
  // Used by one background task at a time, which keeps it alive.
  const std::shared_ptr<FileService> files_ = std::make_shared<FileService>();
  bool files_busy_ = false;
  Limits limits_;
  uint64_t files_run_ = 0;
  std::deque<CallMessage> file_calls_;
  Displays displays_;
  std::vector<std::pair<std::string, std::string>> installed_;
  std::unique_ptr<NetworkService> network_;  // of the program that runs, once it has asked
};

}  // namespace v8py
