/* Work for the bench of overhead: programs <name> [numbers], and "timer <file> <command>...", which writes what a command took. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double nowMs(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static double milliseconds(struct timeval time) { return time.tv_sec * 1e3 + time.tv_usec / 1e3; }

static int timer(const char *file, char **command) {
  double startMs = nowMs();
  int status = 0;
  struct rusage usage;
  pid_t pid = fork();
  if (pid == 0) {
    execvp(command[0], command);
    _exit(127);
  }
  wait4(pid, &status, 0, &usage);
  FILE *out = fopen(file, "w");
  fprintf(out, "{\"wallMs\": %.3f, \"cpuMs\": %.3f, \"peakBytes\": %ld}\n", nowMs() - startMs,
          milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime), usage.ru_maxrss * 1024);
  fclose(out);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static uint64_t state = 4711;
static uint64_t next(void) {
  state ^= state << 13;
  state ^= state >> 7;
  return state ^= state << 17;
}

static char *map(size_t bytes) {
  char *mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) exit(1);
  return mapped;
}

/* Pairs of malloc and free of 16 to 1039 bytes, 4096 alive at a time. */
static int allocate(long rounds) {
  static char *live[4096];
  for (long i = 0; i < rounds; ++i) {
    char **slot = &live[next() % 4096];
    free(*slot);
    *slot = malloc(16 + next() % 1024);
    (*slot)[0] = 1;
  }
  return 0;
}

/* Touches so many MiB, then writes to random pages of them, and maps and unmaps a little at every hundredth: what waits for a reader of the
   address space. */
static int big(long mib, long rounds) {
  size_t bytes = mib << 20;
  char *memory = map(bytes);
  for (size_t at = 0; at < bytes; at += 4096) memory[at] = 1;
  for (long i = 0; i < rounds; ++i) {
    memory[next() % bytes] += 1;
    if (i % 100 != 0) continue;
    char *small = map(16 * 4096);
    small[0] = 1;
    munmap(small, 16 * 4096);
  }
  return 0;
}

/* The same with so many mappings. */
static int mappings(long count, long rounds) {
  char *memory = map(count * 2 * 4096);
  for (long i = 0; i < count; ++i) {
    memory[i * 2 * 4096] = 1;
    mprotect(memory + (i * 2 + 1) * 4096, 4096, PROT_NONE);
  }
  for (long i = 0; i < rounds; ++i) {
    char *small = map(16 * 4096);
    small[0] = 1;
    munmap(small, 16 * 4096);
  }
  return 0;
}

int main(int count, char **words) {
  if (count > 3 && !strcmp(words[1], "timer")) return timer(words[2], words + 3);
  if (count > 2 && !strcmp(words[1], "malloc")) return allocate(atol(words[2]));
  if (count > 3 && !strcmp(words[1], "big")) return big(atol(words[2]), atol(words[3]));
  if (count > 3 && !strcmp(words[1], "mappings")) return mappings(atol(words[2]), atol(words[3]));
  return 64;
}
