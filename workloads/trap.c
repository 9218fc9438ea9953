// Prints one line and then runs WebAssembly's `unreachable` instruction.
#include <unistd.h>

int main(void) {
  write(STDOUT_FILENO, "about to trap\n", 14);
  __builtin_trap();
}
