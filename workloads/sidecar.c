// A native program that runs in one pod with a WASI module. With an argument it says which AppArmor
// profile the kernel holds it to, and ends.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

// Process 1 of a container has no default action for a signal.
static void stop(int signal) { _exit(0); }

static int confinement(void) {
  char said[256];
  int file = open("/proc/self/attr/current", O_RDONLY);
  ssize_t length = file < 0 ? -1 : read(file, said, sizeof said);
  return length < 0 || write(STDOUT_FILENO, said, length) != length;
}

int main(int count, char **words) {
  if (count > 1) return confinement();
  signal(SIGTERM, stop);
  signal(SIGINT, stop);
  write(STDOUT_FILENO, "native sidecar on linux\n", 24);
  for (;;) pause();
}
