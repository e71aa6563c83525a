// GNU libmicrohttpd, loaded when a server is to speak HTTP: it brings a TLS library along, which a
// server on standard input and output has no use for.
#pragma once

#include <microhttpd.h>

#include "base/status.h"

namespace v8py::mcp {

struct MicroHttpd {
  decltype(&MHD_start_daemon) start_daemon;
  decltype(&MHD_stop_daemon) stop_daemon;
  decltype(&MHD_suspend_connection) suspend_connection;
  decltype(&MHD_resume_connection) resume_connection;
  decltype(&MHD_lookup_connection_value) lookup_connection_value;
  decltype(&MHD_get_connection_values) get_connection_values;
  decltype(&MHD_get_connection_info) get_connection_info;
  decltype(&MHD_create_response_from_buffer) create_response_from_buffer;
  decltype(&MHD_create_response_from_callback) create_response_from_callback;
  decltype(&MHD_add_response_header) add_response_header;
  decltype(&MHD_queue_response) queue_response;
  decltype(&MHD_destroy_response) destroy_response;

  // Never unloaded; kWorld when there is none here.
  static Result<const MicroHttpd*> Load();
};

}  // namespace v8py::mcp
