// Does one thing that a node's tenant should not do, as its first argument says. What it reaches
// the end of it says on a line, and ends with 0; what has no end goes on for ever.
//
//   beat                       is the good neighbour: a line with the time, every second
//   spin | clocks | polls | inputs | entropy | naps | dozes
//                              without an end: computes, or asks the same question again
//   exit STATUS | trap         ends so
//   grows | leaps              memory: one MiB after the other, or three GiB at once, all written
//   words                      counts its arguments and variables
//   fill FILE MIB | lines MIB  writes so much to a file, or as lines of one MiB; then it waits
//   files DIRECTORY COUNT | deep DIRECTORY LEVELS | opens FILE COUNT | sparse FILE
//   reads FILE … | writes FILE …
//                              tries each; one that can be read, or opened to write, is told
//   links DIRECTORY TARGET …   makes links to each of both kinds, and reads what they lead to
//   sockets                    asks each descriptor for what only a socket can do
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <wasi/api.h>

enum { MIB = 1 << 20 };
static char block[MIB];

static void wait_for_ever(void) {
  for (;;) sleep(3600);
}

static int told(const char *what, long count) {
  printf("%s: %ld, then %s\n", what, count, errno ? strerror(errno) : "no more was asked for");
  return 0;
}

static int beat(void) {
  for (;; sleep(1)) printf("%lld\n", (long long)time(NULL));
}

static void spin(void) {
  for (volatile unsigned turns = 0;; turns++) {}
}

static int polls(uint64_t nanoseconds) {
  __wasi_subscription_t question = {.u = {.tag = __WASI_EVENTTYPE_CLOCK}};
  question.u.u.clock.id = __WASI_CLOCKID_MONOTONIC;
  question.u.u.clock.timeout = nanoseconds;
  __wasi_event_t answer;
  __wasi_size_t count;
  long asked = 0;
  while (!(errno = __wasi_poll_oneoff(&question, &answer, 1, &count))) asked++;
  return told("polls", asked);
}

static int endless(const char *what) {
  struct timespec now;
  if (!strcmp(what, "spin")) spin();
  if (!strcmp(what, "polls")) return polls(0);
  if (!strcmp(what, "dozes")) return polls(UINT64_MAX);
  if (!strcmp(what, "naps")) wait_for_ever();
  for (;;) {
    if (!strcmp(what, "clocks")) clock_gettime(CLOCK_MONOTONIC, &now);
    if (!strcmp(what, "inputs") && read(STDIN_FILENO, block, sizeof block) < 0)
      return told("inputs", 0);
    if (!strcmp(what, "entropy") && (errno = __wasi_random_get((uint8_t *)block, 64 << 10)))
      return told("entropy", 0);
  }
}

static int grow(size_t size, size_t most) {
  long got = 0;
  for (; got * (uint64_t)size < most; got++) {
    char *volatile memory = malloc(size); // one that nobody may think away
    if (!memory) break;
    for (size_t i = 0; i < size; i += 4096) memory[i] = (char)(i >> 12 | 1);
  }
  return told("memory", got);
}

static int fill(const char *name, int mib) {
  int file = name ? open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644) : STDOUT_FILENO;
  if (file < 0) return told("not begun", 0);
  memset(block, 'x', MIB - 1);
  block[MIB - 1] = '\n';
  int written = 0;
  for (int done = 0; written < mib; written++, done = 0)
    for (ssize_t size; done < MIB; done += size)
      if ((size = write(file, block + done, MIB - done)) <= 0) return told("written", written);
  wait_for_ever();
  return 0;
}

static int files(const char *directory, int count) {
  char name[4096];
  int made = 0;
  for (; made < count; made++) {
    snprintf(name, sizeof name, "%s/%d", directory, made);
    int file = open(name, O_WRONLY | O_CREAT, 0644);
    if (file < 0 || write(file, "x", 1) != 1) return told("files", made);
    close(file);
  }
  wait_for_ever();
  return 0;
}

static int deep(const char *directory, int levels) {
  int made = 0, at = open(directory, O_RDONLY | O_DIRECTORY);
  for (; at >= 0 && made < levels; made++) {
    if (mkdirat(at, "d", 0755)) break;
    int below = openat(at, "d", O_RDONLY | O_DIRECTORY);
    close(at);
    at = below;
  }
  return told("levels", made);
}

static int opens(const char *name, int count) {
  int made = 0;
  while (made < count && open(name, O_RDWR | O_CREAT, 0644) >= 0) made++;
  return told("open files", made);
}

static int sparse(const char *name) {
  int file = open(name, O_WRONLY | O_CREAT, 0644);
  int made = file >= 0 && !ftruncate(file, 1LL << 40);
  return told("TiB", made);
}

static int reached; // things that should have been out of reach

static void tries(const char *name, int how) {
  char byte;
  int file = open(name, how);
  if (file < 0 || (how == O_RDONLY && read(file, &byte, 1) < 1)) return;
  printf("REACHED %s\n", name);
  reached++;
}

static int each(int how, char **names) {
  while (*names) tries(*names++, how);
  printf("%d reached\n", reached);
  return 0;
}

static int links(const char *directory, char **targets) {
  char name[4096];
  for (int number = 0; *targets; number++, targets++) {
    snprintf(name, sizeof name, "%s/soft%d", directory, number);
    if (!symlink(*targets, name)) tries(name, O_RDONLY);
    snprintf(name, sizeof name, "%s/hard%d", directory, number);
    if (!link(*targets, name)) tries(name, O_RDONLY);
  }
  printf("%d reached\n", reached);
  return 0;
}

static int sockets(void) {
  __wasi_size_t size;
  __wasi_roflags_t flags;
  __wasi_iovec_t into = {(uint8_t *)block, sizeof block};
  __wasi_ciovec_t from = {(uint8_t *)block, 16};
  int did = 0;
  for (int turn = 0; turn < 100; turn++)
    for (int number = 3; number < 64; number++) {
      did += !__wasi_sock_recv(number, &into, 1, 0, &size, &flags);
      did += !__wasi_sock_send(number, &from, 1, 0, &size);
      did += !__wasi_sock_shutdown(number, __WASI_SDFLAGS_RD | __WASI_SDFLAGS_WR);
    }
  printf("%d reached\n", did);
  return 0;
}

extern char **environ;

int main(int count, char **arguments) {
  setvbuf(stdout, NULL, _IONBF, 0);
  const char *command = count > 1 ? arguments[1] : "";
  const char *name = count > 2 ? arguments[2] : "";
  int number = atoi(count > 3 ? arguments[3] : name);
#define IS(text) (!strcmp(command, text))
  if (IS("beat")) return beat();
  if (IS("exit")) __wasi_proc_exit(strtoul(name, NULL, 10));
  if (IS("trap")) __builtin_trap();
  if (IS("grows")) return grow(MIB, SIZE_MAX);
  if (IS("leaps")) return grow(3072u << 20, 3072u << 20);
  if (IS("fill")) return fill(name, number);
  if (IS("lines")) return fill(NULL, number);
  if (IS("files")) return files(name, number);
  if (IS("deep")) return deep(name, number);
  if (IS("opens")) return opens(name, number);
  if (IS("sparse")) return sparse(name);
  if (IS("reads")) return each(O_RDONLY, arguments + 2);
  if (IS("writes")) return each(O_WRONLY, arguments + 2);
  if (IS("links")) return links(name, arguments + 3);
  if (IS("sockets")) return sockets();
  if (!IS("words")) return endless(command);
  int variables = 0;
  while (environ && environ[variables]) variables++;
  printf("%d arguments, %d variables\n", count, variables);
  return 0;
}
