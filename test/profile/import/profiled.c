/* What a profiler has to find: 2000 blocks of 1000 bytes and a few, of which 500 are freed; 5000 temporary ones; 3 MB at the peak. */
#include <stdlib.h>
#include <string.h>

static void *kept[2000];
static void *volatile sink;

__attribute__((noinline)) static void *keepSmall(int number) { return memset(malloc(1000 + number % 7), 1, 1000); }
__attribute__((noinline)) static void temporary(int number) {
  sink = malloc(5000 + number % 3);
  free(sink);
}
__attribute__((noinline)) static void deep(int depth, int number) {
  if (depth > 0) deep(depth - 1, number);
  else temporary(number);
  sink = NULL;
}
__attribute__((noinline)) static void *takeMuch(void) { return memset(malloc(3000000), 1, 3000000); }

int main(void) {
  for (int number = 0; number < 2000; number++) {
    kept[number] = keepSmall(number);
    temporary(number);
    deep(4, number);
  }
  void *much = takeMuch();
  free(much);
  for (int number = 0; number < 500; number++) free(kept[number]);
  for (int number = 0; number < 1000; number++) temporary(number);
  return 0;
}
