/* Programs whose memory is known, for tests of the profiler: truth <mode> [numbers]. Sizes in MiB, times in ms. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MIB (1024ul * 1024)

extern char **environ;
static char *self;

static void hold(long milliseconds) {
  struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

static char *map(long size, int flags) {
  char *bytes = mmap(NULL, size * MIB, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
  if (bytes == MAP_FAILED) {
    perror("mmap");
    exit(77);
  }
  return bytes;
}

static void touch(char *bytes, long size) {
  for (size_t at = 0; at < size * MIB; at += 4096) bytes[at] = 1;
}

static void own(long size) { touch(map(size, MAP_PRIVATE), size); }

static void waitForAll(void) {
  while (wait(NULL) > 0) {
  }
}

/* Waits until as many processes as that have come here. */
static void meet(char *ready, int count) {
  for (__atomic_add_fetch(ready, 1, __ATOMIC_SEQ_CST); __atomic_load_n(ready, __ATOMIC_SEQ_CST) < count;) hold(1);
}

/* A child that touches size, holds it for so long, and ends with the code. */
static pid_t child(long size, long milliseconds, int code) {
  pid_t pid = fork();
  if (pid != 0) return pid;
  own(size);
  hold(milliseconds);
  _exit(code);
}

static void *forkFromThread(void *unused) {
  (void)unused;
  child(20, 400, 0);
  return NULL;
}

static int run(const char *mode, const long *n) {
  if (!strcmp(mode, "own")) {
    own(n[0]);
    hold(n[1]);
  } else if (!strcmp(mode, "together")) {
    /* None lets go before all have what is theirs, however busy the machine is. */
    char *ready = map(1, MAP_SHARED);
    for (int i = 0; i < 3; ++i) {
      if (fork() != 0) continue;
      own(n[i]);
      meet(ready, 3);
      hold(500);
      _exit(0);
    }
    waitForAll();
  } else if (!strcmp(mode, "in-turn")) {
    for (int i = 0; i < 3; ++i) waitpid(child(n[i], 300, 0), NULL, 0);
  } else if (!strcmp(mode, "shared")) {
    char *bytes = map(n[0], MAP_SHARED);
    char *ready = map(1, MAP_SHARED);
    for (int i = 1; i < n[1]; ++i) {
      if (fork() != 0) continue;
      touch(bytes, n[0]);
      meet(ready, n[1]);
      hold(800);
      _exit(0);
    }
    touch(bytes, n[0]);
    meet(ready, n[1]);
    waitForAll();
  } else if (!strcmp(mode, "copies")) {
    /* A fork has its parent's pages until it writes; then it has its own. */
    char *bytes = map(n[0], MAP_PRIVATE);
    touch(bytes, n[0]);
    if (fork() == 0) {
      hold(500);
      touch(bytes, n[0]);
      hold(700);
      _exit(0);
    }
    waitForAll();
  } else if (!strcmp(mode, "spike")) {
    for (int i = 0; i < n[0]; ++i) {
      if (fork() == 0) {
        if (i == n[0] / 2) own(n[1]);
        hold(i == n[0] / 2 ? 5 : 1);
        _exit(0);
      }
      wait(NULL);
    }
  } else if (!strcmp(mode, "exec")) {
    own(n[0]);
    char *words[] = {self, "own", "30", "300", NULL};
    pid_t pid;
    if (fork() == 0) execv(self, words);
    waitForAll();
    if (vfork() == 0) execv(self, words);
    waitForAll();
    posix_spawn(&pid, self, NULL, NULL, words, environ);
    waitForAll();
  } else if (!strcmp(mode, "vfork")) {
    own(n[0]);
    char *words[] = {self, "own", "1", "100", NULL};
    if (vfork() == 0) {
      hold(500);
      execv(self, words);
    }
    waitForAll();
  } else if (!strcmp(mode, "huge")) {
    char *bytes = map(n[0] + 2, MAP_PRIVATE);
    bytes = (char *)(((size_t)bytes + 2 * MIB - 1) & ~(2 * MIB - 1));
    madvise(bytes, n[0] * MIB, MADV_HUGEPAGE);
    touch(bytes, n[0]);
    hold(400);
  } else if (!strcmp(mode, "hugetlb")) {
    touch(map(n[0], MAP_PRIVATE | MAP_HUGETLB), n[0]);
    hold(400);
  } else if (!strcmp(mode, "daemon")) {
    if (fork() == 0) {
      setsid();
      if (fork() != 0) _exit(0);
      own(n[0]);
      hold(500);
      _exit(9);
    }
    wait(NULL);
    hold(800);
  } else if (!strcmp(mode, "thread-forks")) {
    pthread_t thread;
    pthread_create(&thread, NULL, forkFromThread, NULL);
    pthread_join(thread, NULL);
    waitForAll();
  } else if (!strcmp(mode, "first-thread-ends")) {
    pthread_t thread;
    own(n[0]);
    pthread_create(&thread, NULL, (void *(*)(void *))(void *)hold, (void *)600);
    pthread_exit(NULL);
  } else if (!strcmp(mode, "killed")) {
    pid_t pid = child(20, 5000, 0);
    hold(300);
    kill(pid, SIGKILL);
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? 0 : 1;
  } else if (!strcmp(mode, "stopped")) {
    int status = 0;
    pid_t pid = child(20, 900, 5);
    hold(100);
    kill(pid, SIGSTOP);
    if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status) || WSTOPSIG(status) != SIGSTOP) return 1;
    hold(400);
    if (waitpid(pid, &status, WNOHANG) != 0) return 2;
    kill(pid, SIGCONT);
    if (waitpid(pid, &status, WCONTINUED) != pid || !WIFCONTINUED(status)) return 3;
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 5) return 4;
  } else if (!strcmp(mode, "sparse")) {
    touch(mmap(NULL, n[0] * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), n[1]);
    hold(400);
  } else if (!strcmp(mode, "file")) {
    char name[] = "/dev/shm/mm-truth-XXXXXX";
    int fd = mkstemp(name);
    unlink(name);
    char *bytes = calloc(1, MIB);
    for (int i = 0; i < n[0]; ++i)
      if (write(fd, bytes, MIB) != (ssize_t)MIB) return 1;
    hold(400);
  } else if (!strcmp(mode, "over")) {
    waitpid(child(n[0], 1000, 0), NULL, 0);
  } else {
    return 64;
  }
  return 0;
}

int main(int count, char **words) {
  long numbers[4] = {0};
  self = words[0];
  for (int i = 2; i < count && i < 6; ++i) numbers[i - 2] = atol(words[i]);
  return count > 1 ? run(words[1], numbers) : 64;
}
