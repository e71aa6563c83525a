#include "mcp/http/listener.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace v8py::mcp {

namespace {

constexpr int kBacklog = 512;

bool IsLoopbackAddress(const sockaddr* address) {
  if (address->sa_family == AF_INET6) {
    return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
  }
  auto ipv4 = ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr);
  return (ipv4 >> 24) == 127;
}

std::string UrlOf(int socket) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size);
  char host[NI_MAXHOST] = "", port[NI_MAXSERV] = "";
  getnameinfo(reinterpret_cast<sockaddr*>(&bound), size, host, sizeof host, port, sizeof port,
              NI_NUMERICHOST | NI_NUMERICSERV);
  bool ipv6 = bound.ss_family == AF_INET6;
  return std::string("http://") + (ipv6 ? "[" : "") + host + (ipv6 ? "]:" : ":") + port;
}

}  // namespace

Result<Listener> Listen(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* raw = nullptr;
  std::string where = host + ":" + port;
  if (int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &raw)) {
    return Fail(WorldError("cannot listen on " + where + ": " + gai_strerror(error)));
  }
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(raw, &freeaddrinfo);
  Listener listener;
  // The first, as the machine orders them.
  listener.socket = socket(raw->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int on = 1;
  setsockopt(listener.socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (listener.socket < 0 || bind(listener.socket, raw->ai_addr, raw->ai_addrlen) != 0 ||
      listen(listener.socket, kBacklog) != 0) {
    Status error = ErrnoError("cannot listen on " + where, errno);
    close(listener.socket);
    return Fail(error);
  }
  listener.url = UrlOf(listener.socket);
  listener.loopback = IsLoopbackAddress(raw->ai_addr);
  return listener;
}

}  // namespace v8py::mcp
