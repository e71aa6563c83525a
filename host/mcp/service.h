// v8py's own tools and resources: interpreters, sessions, files.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/json.h"
#include "mcp/artifacts.h"
#include "mcp/calls.h"
#include "mcp/interpreters.h"
#include "mcp/offer.h"
#include "mcp/package_image.h"
#include "mcp/sessions.h"
#include "mcp/settings.h"

namespace v8py::mcp {

class Service : public Offer {
 public:
  // `hold` as of MakeOffer.
  Service(Settings settings, std::function<bool()> hold);
  ~Service() override;

  const std::string& instructions() const override { return instructions_; }
  const Json& tools() const override { return tools_; }
  void CallTool(const std::shared_ptr<ToolCall>& call, const std::string& name, Json arguments,
                std::string variables) override;
  Json ListResources() const override;
  const Json& resource_templates() const override;
  void ReadResource(const std::shared_ptr<ToolCall>& call, const std::string& uri) override;
  void Tidy() override { sessions_.EndIdle(); }
  bool WaitUntilIdle(int milliseconds) override { return calls_.WaitUntilIdle(milliseconds); }

 private:
  // `work` is done for the call when it is its turn, and that of the session when one is named.
  // `refuse` is called instead, with what to do about it, when there is no such session or no room
  // to wait.
  void InTurn(const std::shared_ptr<ToolCall>& call, const std::optional<std::string>& session_id,
              std::function<void(Session*)> work,
              const std::function<void(const std::string&)>& refuse);

  // Tells telemetry, if there is any, that a call has come. `tool`: "" of none that we know.
  void Observe(ToolCall& call, std::string_view method, std::string_view tool) const;

  const Settings settings_;
  Interpreters interpreters_{settings_};
  const Json tools_;
  const std::string instructions_;
  Sessions sessions_{settings_, interpreters_};
  Artifacts artifacts_;
  Calls calls_;  // its threads use what is above
  PackageImage package_image_{settings_, interpreters_, calls_};
};

}  // namespace v8py::mcp
