// The sampler's thread beside drains, demands and figures, over a tree that forks all the time.

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <set>
#include <thread>

#include "../profile/sampler.h"
#include "check.h"

namespace {

using namespace mm::profile;

/// A tree that starts short processes until it is killed.
pid_t startTree() {
  const pid_t root = fork();
  if (root != 0) return root;
  for (;;) {
    const pid_t child = fork();
    if (child == 0) {
      // A grandchild that may be left behind.
      if (fork() == 0) usleep(3000);
      usleep(2000);
      _exit(3);
    }
    waitpid(child, nullptr, 0);
  }
}

double monotonicMs() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) * 1000 + static_cast<double>(time.tv_nsec) / 1e6;
}

struct Seen {
  std::set<int> came;
  std::set<int> ended;
  size_t treeRows = 0;
  double lastMs = -1;

  bool isEnough(const SamplerFigures& figures) const {
    return came.size() > 20 && treeRows > 100 && figures.ticks > 50;
  }

  void add(const Batch& batch) {
    for (const Event& event : batch.events()) {
      if (event.kind == EventKind::process) CHECK(came.insert(event.process).second);
      if (event.kind == EventKind::exit) CHECK(came.contains(event.process) && ended.insert(event.process).second);
    }
    const auto& tree = batch.rows(TableId::tree);
    for (size_t at = 0; at < tree.size(); at += 9, ++treeRows) {
      CHECK(tree[at] >= lastMs);
      lastMs = tree[at];
    }
    const auto& resident = batch.rows(TableId::resident);
    for (size_t at = 0; at < resident.size(); at += 7) CHECK(came.contains(static_cast<int>(resident[at + 1])));
  }
};

}  // namespace

int main() {
  const pid_t root = startTree();
  SamplerOptions options;
  options.tree = {root, false, false, false};
  options.intervalMs = 2;
  options.originMs = monotonicMs();
  Seen seen;
  {
    Sampler sampler(options);
    CHECK(sampler.start().ok());
    std::atomic<bool> isDone{false};
    std::thread asker([&] {
      while (!isDone.load()) {
        sampler.measureNow();
        CHECK(sampler.figures().isTreeAlive);
        usleep(500);
      }
    });
    // Until enough was seen, however busy the machine is.
    const double endMs = options.originMs + 60'000;
    for (int drains = 0; drains < 300 || (!seen.isEnough(sampler.figures()) && monotonicMs() < endMs); ++drains) {
      seen.add(sampler.drain());
      usleep(5000);
    }
    isDone.store(true);
    asker.join();
    kill(root, SIGKILL);
    waitpid(root, nullptr, 0);
    sampler.rootEnded({-1, SIGKILL});
    usleep(50'000);
    sampler.stop();
    sampler.stop();
    seen.add(sampler.drain());
    const SamplerFigures figures = sampler.figures();
    CHECK(figures.losses == 0);
    CHECK(figures.cpuMs > 0);
    CHECK(seen.isEnough(figures));
  }
  CHECK(seen.ended.contains(0));
  CHECK(seen.came.size() - seen.ended.size() <= 2);
  return checkResult();
}
