// A program that takes memory, in the ways that are hard to hold: hog <how> <MiB> [processes]
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void take(long mebibytes) {
  char* bytes = malloc(mebibytes << 20);
  if (bytes == NULL) {
    fputs("hog: malloc failed\n", stderr);
    _exit(12);
  }
  // Through a volatile pointer: what nobody reads a compiler leaves out.
  for (long at = 0; at < mebibytes << 20; at += 4096) ((volatile char*)bytes)[at] = 1;
}

// So slowly that a monitor sees it coming.
static void creep(long mebibytes) {
  for (long taken = 0; taken < mebibytes; taken += 4) {
    take(4);
    usleep(2000);
  }
}

static void many(long each, int processes) {
  for (int i = 0; i < processes; ++i) {
    if (fork() == 0) {
      creep(each);
      sleep(60);
      _exit(0);
    }
  }
}

int main(int argc, char** argv) {
  const char* how = argv[1];
  const long mebibytes = atol(argv[2]);
  const int processes = argc > 3 ? atoi(argv[3]) : 1;
  if (strcmp(how, "take") == 0) {
    take(mebibytes);
    usleep(100000);
  } else if (strcmp(how, "creep") == 0) {
    creep(mebibytes);
    sleep(60);
  } else if (strcmp(how, "deaf") == 0) {
    signal(SIGTERM, SIG_IGN);
    creep(mebibytes);
    sleep(60);
  } else if (strcmp(how, "polite") == 0) {
    // Its malloc fails from the moment it is over: it says so, and ends by itself.
    signal(SIGTERM, SIG_IGN);
    for (;;) creep(4);
  } else if (strcmp(how, "many") == 0) {
    many(mebibytes, processes);
    sleep(60);
  } else if (strcmp(how, "daemon") == 0) {
    if (fork() == 0) {
      setsid();
      if (fork() == 0) {
        creep(mebibytes);
        sleep(60);
      }
      _exit(0);
    }
    sleep(60);
  } else if (strcmp(how, "stopped") == 0) {
    if (fork() == 0) {
      take(mebibytes / 2);
      raise(SIGSTOP);
      _exit(0);
    }
    usleep(100000);
    creep(mebibytes);
    sleep(60);
  } else if (strcmp(how, "shared") == 0) {
    // All map the same pages: together they hold them once.
    char* bytes = mmap(NULL, mebibytes << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    memset(bytes, 1, mebibytes << 20);
    for (int i = 1; i < processes; ++i) {
      if (fork() == 0) {
        for (long at = 0; at < mebibytes << 20; at += 4096) bytes[at] += 1;
        usleep(900000);
        _exit(0);
      }
    }
    usleep(1000000);
  }
  return 0;
}
