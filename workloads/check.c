// Does what its arguments say, one after the other, and stops at the first that fails.
//
//   try                         what comes next may fail: that is told, and is not the end
//   say TEXT | complain TEXT    a line on standard output, on standard error
//   list                        each argument that follows, on a line of its own; then the end
//   env NAME                    the value of an environment variable
//   write FILE TEXT | read FILE
//   input                       what comes on standard input, until its end
//   terminal                    whether standard output is one
//   device FILE                 what one reads from /dev/zero and the like, and may write to them
//   clock                       seconds since 1970, and whether the monotonic clock goes on
//   random                      16 bytes, twice, as hexadecimal digits
//   memory                      eight bytes of its process's memory, read and written by /proc
//   descriptors                 what its process has open, by /proc
//   allocate MIB                memory, every page of which is written
//   spin SECONDS | sleep SECONDS
//   exit STATUS | trap
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int fail(const char *what, const char *name) {
  dprintf(STDERR_FILENO, "%s %s: %s\n", what, name, strerror(errno));
  return 1;
}

static int copy(int file, const char *name) {
  char buffer[4096];
  ssize_t size;
  while ((size = read(file, buffer, sizeof buffer)) > 0) write(STDOUT_FILENO, buffer, size);
  return size < 0 ? fail("read", name) : 0;
}

static int read_file(const char *name) {
  int file = open(name, O_RDONLY);
  if (file < 0) return fail("read", name);
  int failed = copy(file, name);
  return close(file) || failed;
}

static int write_file(const char *name, const char *text) {
  int file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file < 0 || write(file, text, strlen(text)) < 0 || write(file, "\n", 1) < 0)
    return fail("write", name);
  return close(file);
}

static int device(const char *name) {
  char buffer[8] = "unread";
  int file = open(name, O_RDWR);
  if (file < 0) return fail("device", name);
  ssize_t size = read(file, buffer, sizeof buffer);
  if (size < 0) return fail("device", name);
  int same = size == 0 || memcmp(buffer, "\0\0\0\0\0\0\0", sizeof buffer) == 0;
  ssize_t written = write(file, "text", 4);
  printf("%s: %zd read, %s, %s\n", name, size, same ? "nothing in it" : "something in it",
         written == 4 ? "written" : strerror(errno));
  return close(file);
}

static double seconds(clockid_t clock) {
  struct timespec time = {0};
  clock_gettime(clock, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static int clocks(void) {
  double before = seconds(CLOCK_MONOTONIC);
  usleep(20000);
  printf("%.0f %s\n", seconds(CLOCK_REALTIME),
         seconds(CLOCK_MONOTONIC) > before ? "goes on" : "stands still");
  return 0;
}

static int random_bytes(void) {
  unsigned char bytes[32];
  if (getentropy(bytes, sizeof bytes)) return fail("random", "");
  for (int i = 0; i < 32; i++) printf(i == 16 ? " %02x" : "%02x", bytes[i]);
  puts("");
  return 0;
}

static int allocate(const char *mib) {
  size_t size = strtoul(mib, NULL, 10) << 20;
  char *memory = malloc(size);
  if (!memory) return fail("allocate", mib);
  for (size_t i = 0; i < size; i += 4096) memory[i] = (char)(i >> 12 | 1);
  printf("%s MiB\n", mib);
  return memory[size - 4096] == 0;
}

// Where the first writable piece of the process's memory begins: a program's data, whose first words
// nobody changes.
static off_t writable(void) {
  char line[512];
  unsigned long long from;
  FILE *maps = fopen("/proc/self/maps", "r");
  if (!maps) return fail("memory", "/proc/self/maps"), -1;
  while (fgets(line, sizeof line, maps))
    if (strstr(line, " rw-p ") && sscanf(line, "%llx-", &from) == 1) return fclose(maps), from;
  return fclose(maps), errno = ENOENT, fail("memory", "/proc/self/maps"), -1;
}

static int process_memory(void) {
  char bytes[8];
  off_t at = writable();
  if (at < 0) return 1;
  int file = open("/proc/self/mem", O_RDWR);
  if (file < 0) return fail("memory", "/proc/self/mem");
  ssize_t size = lseek(file, at, SEEK_SET) < 0 ? -1 : read(file, bytes, sizeof bytes);
  if (size < 0) return fail("read", "/proc/self/mem");
  ssize_t written = lseek(file, at, SEEK_SET) < 0 ? -1 : write(file, bytes, size);
  printf("/proc/self/mem: %zd read, %zd written\n", size, written);
  return close(file);
}

static int descriptors(void) {
  char path[32], target[256];
  int found = 0;
  for (int number = 0; number < 256; number++) {
    snprintf(path, sizeof path, "/proc/self/fd/%d", number);
    ssize_t size = readlink(path, target, sizeof target - 1);
    if (size < 0 && errno == ENOENT) continue;
    target[size < 0 ? 0 : size] = 0;
    printf("descriptor %d %s\n", number, size < 0 ? strerror(errno) : target);
    found++;
  }
  return found ? 0 : (errno = ENOENT, fail("descriptors", "/proc/self/fd"));
}

static int spin(double time) {
  volatile unsigned turns = 0;
  for (double end = seconds(CLOCK_MONOTONIC) + time; seconds(CLOCK_MONOTONIC) < end;)
    for (int i = 0; i < 100000; i++) turns += i;
  return 0;
}

int main(int count, char **arguments) {
  int failed = 0, tried = 0;
  setvbuf(stdout, NULL, _IONBF, 0); // what comes before a trap must not be lost
  for (int i = 1; i < count && !failed; i++) {
    const char *command = arguments[i];
#define NEXT (i + 1 < count ? arguments[++i] : "")
    if (!strcmp(command, "try")) { tried = 1; continue; }
    if (!strcmp(command, "say")) puts(NEXT);
    else if (!strcmp(command, "complain")) dprintf(STDERR_FILENO, "%s\n", NEXT);
    else if (!strcmp(command, "list")) while (++i < count) puts(arguments[i]);
    else if (!strcmp(command, "env")) puts(getenv(NEXT) ? getenv(arguments[i]) : "unset");
    else if (!strcmp(command, "read")) failed = read_file(NEXT);
    else if (!strcmp(command, "input")) failed = copy(STDIN_FILENO, "input");
    else if (!strcmp(command, "terminal")) puts(isatty(STDOUT_FILENO) ? "a terminal" : "none");
    else if (!strcmp(command, "write")) { const char *name = NEXT; failed = write_file(name, NEXT); }
    else if (!strcmp(command, "device")) failed = device(NEXT);
    else if (!strcmp(command, "clock")) failed = clocks();
    else if (!strcmp(command, "random")) failed = random_bytes();
    else if (!strcmp(command, "memory")) failed = process_memory();
    else if (!strcmp(command, "descriptors")) failed = descriptors();
    else if (!strcmp(command, "allocate")) failed = allocate(NEXT);
    else if (!strcmp(command, "spin")) failed = spin(atof(NEXT));
    else if (!strcmp(command, "sleep")) sleep(atoi(NEXT));
    else if (!strcmp(command, "exit")) return atoi(NEXT);
    else if (!strcmp(command, "trap")) __builtin_trap();
    else { errno = EINVAL; failed = fail("command", command); }
    if (tried) failed = tried = 0;
  }
  return failed;
}
