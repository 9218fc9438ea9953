// A server on port 8080 that answers each request with one line.
//
// WASI preview 1 cannot open a socket. WasmEdge and WASIX each added functions for it, and a module
// that imports one's does not start on the other: the source is one, the modules are two.
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifdef WASIX
#define SOCKETS "wasix_32v1"
#else
#define SOCKETS "wasi_snapshot_preview1"
#endif
#define IMPORT(name) __attribute__((import_module(SOCKETS), import_name(#name))) uint16_t name

typedef struct { void *data; uint32_t size; } part;

#ifdef WASIX
enum { IPV4 = 1, STREAM = 1, TCP = 6 };
// Tag, then 110 bytes of which IPv4 takes a port in the host's order and four numbers.
typedef struct { uint8_t family, pad; uint16_t port; uint8_t number[108]; } address;
IMPORT(sock_open)(uint32_t family, uint32_t type, uint32_t protocol, uint32_t *socket);
IMPORT(sock_bind)(uint32_t socket, const address *at);
IMPORT(sock_accept_v2)(uint32_t socket, uint32_t flags, uint32_t *client, address *from);
#else
enum { IPV4 = 1, STREAM = 2 };
typedef struct { uint8_t *number; uint32_t size; } address;
IMPORT(sock_open)(uint8_t family, uint8_t type, uint32_t *socket);
IMPORT(sock_bind)(uint32_t socket, address *at, uint32_t port);
IMPORT(sock_accept)(uint32_t socket, uint32_t *client);
#endif
IMPORT(sock_listen)(uint32_t socket, uint32_t backlog);
IMPORT(sock_recv)(uint32_t socket, const part *, uint32_t, uint32_t, uint32_t *size, uint32_t *flags);
IMPORT(sock_send)(uint32_t socket, const part *, uint32_t, uint32_t, uint32_t *size);

enum { PORT = 8080 };

int main(void) {
  static char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 16\r\nConnection: close\r\n\r\nhello over http\n";
  char request[2048];
  uint32_t server, client, size, flags, error;
#ifdef WASIX
  address any = {.family = IPV4, .port = PORT}, from;
  error = sock_open(IPV4, STREAM, TCP, &server);
  error = error ? error : sock_bind(server, &any);
#else
  uint8_t number[4] = {0};
  address any = {number, 4};
  error = sock_open(IPV4, STREAM, &server);
  error = error ? error : sock_bind(server, &any, PORT);
#endif
  error = error ? error : sock_listen(server, 16);
  if (error) return fprintf(stderr, "listen: error %u\n", error), 1;
  puts("listening");
  fflush(stdout);
  for (;;) {
#ifdef WASIX
    error = sock_accept_v2(server, 0, &client, &from);
#else
    error = sock_accept(server, &client);
#endif
    if (error == ETIMEDOUT) continue; // WASIX waits for half a minute only
    if (error) return fprintf(stderr, "accept: error %u\n", error), 1;
    part in = {request, sizeof request}, out = {answer, sizeof answer - 1};
    if (!sock_recv(client, &in, 1, 0, &size, &flags)) sock_send(client, &out, 1, 0, &size);
    close(client);
  }
}
