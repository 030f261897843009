// `programs <kind> <seconds>`: a program whose memory is known to leak, or known not to. All take and free temporary memory too.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { kTickUs = 20000, kTicksPerSecond = 50, kMost = 100000, kLeakPerTick = 2 * 1024 * 1024 / kTicksPerSecond };

static char *held[kMost];
static int heldCount;
static unsigned state = 1;

static unsigned randomBelow(unsigned limit) {
  state = state * 1664525u + 1013904223u;
  return (state >> 8) % limit;
}

static char *touched(size_t bytes) {
  char *block = malloc(bytes);
  if (block == NULL) abort();
  memset(block, 1, bytes);
  return block;
}

static void hold(size_t bytes) {
  if (heldCount < kMost) held[heldCount++] = touched(bytes);
}

static void holdSmall(size_t bytes) {
  for (; bytes >= 512; bytes -= 512) hold(256 + randomBelow(512));
}

static void dropTo(int count) {
  while (heldCount > count) free(held[--heldCount]);
}

static void temporary(void) {
  char *blocks[64];
  for (int at = 0; at < 64; at++) blocks[at] = touched(64 + randomBelow(8192));
  for (int at = 0; at < 64; at++) free(blocks[at]);
}

static void tick(const char *kind, int number, double share) {
  temporary();
  if (strcmp(kind, "linear") == 0) hold(kLeakPerTick);
  if (strcmp(kind, "linear-small") == 0) holdSmall(kLeakPerTick);
  if (strcmp(kind, "mixed") == 0) {
    free(touched(randomBelow(4 << 20)));
    holdSmall(kLeakPerTick);
  }
  if (strcmp(kind, "in-steps") == 0 && number % 25 == 0) hold(kLeakPerTick * 25);
  if (strcmp(kind, "warm-and-leak") == 0) holdSmall(share < 0.15 ? 6 * kLeakPerTick : kLeakPerTick);

  if (strcmp(kind, "bounded") == 0) {
    holdSmall(kLeakPerTick);
    if (heldCount > 8000) dropTo(4000);
  }
  if (strcmp(kind, "lru") == 0) {
    for (int at = 0; at < 400; at++) {
      int slot = (int)randomBelow(30000);
      free(held[slot]);
      held[slot] = touched(256 + randomBelow(1024));
    }
  }
  if (strcmp(kind, "warm-up") == 0 && share < 0.2) holdSmall(5 * kLeakPerTick);
  if (strcmp(kind, "cache-steps") == 0 && heldCount < (share > 0.25) + (share > 0.65)) hold(16 << 20);
  if (strcmp(kind, "swings") == 0) {
    int wanted = (int)(10000 + 8000 * sin(share * 20));
    while (heldCount < wanted) hold(1024);
    dropTo(wanted);
  }
  if (strcmp(kind, "freed-at-end") == 0) {
    if (share > 0.9) dropTo(0);
    else if (number % 25 == 0) hold(kLeakPerTick * 25);
  }
  // What is freed stays with the process here: an allocator gives back whole pages only.
  if (strcmp(kind, "freed-at-end-small") == 0) {
    if (share > 0.9) dropTo(0);
    else holdSmall(kLeakPerTick);
  }
  if (strcmp(kind, "all-but-last") == 0) {
    int first = heldCount;
    for (int at = 0; at < 2000; at++) hold(200 + randomBelow(1000));
    char *last = held[--heldCount];
    dropTo(first);
    if (heldCount > 30) {
      free(held[0]);
      memmove(held, held + 1, sizeof(*held) * (size_t)--heldCount);
    }
    held[heldCount++] = last;
  }
}

int main(int count, char **words) {
  if (count != 3) return 64;
  double seconds = atof(words[2]);
  struct timespec start, now;
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (int number = 0;; number++) {
    clock_gettime(CLOCK_MONOTONIC, &now);
    double share = ((double)(now.tv_sec - start.tv_sec) + 1e-9 * (double)(now.tv_nsec - start.tv_nsec)) / seconds;
    if (share > 1) return 0;
    tick(words[1], number, share);
    usleep(kTickUs);
  }
}
