// A native program that runs in one pod with a WASI module.
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

// Process 1 of a container has no default action for a signal.
static void stop(int signal) { _exit(0); }

int main(void) {
  signal(SIGTERM, stop);
  signal(SIGINT, stop);
  write(STDOUT_FILENO, "native sidecar on linux\n", 24);
  for (;;) pause();
}
