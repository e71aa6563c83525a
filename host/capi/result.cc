#include "capi/types.h"

v8py_status v8py_result_get_status(const v8py_result* result) {
  return static_cast<v8py_status>(result->result.status);
}

const char* v8py_result_status_name(const v8py_result* result) {
  return v8py::RunStatusName(result->result.status).data();
}

int v8py_result_exit_code(const v8py_result* result) { return result->result.exit_code; }

const char* v8py_result_output(const v8py_result* result, v8py_stream stream, size_t* size) {
  static const std::string kNothing;
  const std::string& output = v8py::IsStream(stream) ? result->result.output[stream] : kNothing;
  *size = output.size();
  return output.data();
}

const char* v8py_result_summary(const v8py_result* result) {
  return result->result.summary.c_str();
}

const char* v8py_result_json(const v8py_result* result) {
  if (result->json.empty()) result->json = result->result.ToJson();
  return result->json.c_str();
}

void v8py_result_free(v8py_result* result) { delete result; }
