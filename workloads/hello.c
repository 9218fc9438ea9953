// Says one exact line, then ends with status 0.
//
// The line names the arguments and one environment variable, so that it shows whether the engine
// hands both over. With HELLO_STAY set the program stays, as a service would.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int count, char **arguments) {
  const char *from = getenv("HELLO_FROM");
  printf("hello from %s on wasip1:", from ? from : "nowhere");
  for (int i = 1; i < count; i++) printf(" %s", arguments[i]);
  puts("");
  fflush(stdout);
  while (getenv("HELLO_STAY")) sleep(3600);
}
