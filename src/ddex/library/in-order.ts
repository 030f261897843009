/**
 * Work on some items at once, with the results in the order of the items. As many as are worked on may be finished and wait.
 *
 * @throws what the work throws, when its turn comes; nothing new is begun then
 */
export async function* inOrder<Item, Result>(
  items: readonly Item[],
  maxConcurrent: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const results: Promise<Result>[] = [];
  const rest = items[Symbol.iterator]();
  let running = 0;
  let isOver = false;
  const begin = () => {
    while (!isOver && running < maxConcurrent && results.length < 2 * maxConcurrent) {
      const next = rest.next();
      if (next.done === true) return;
      running += 1;
      const result = work(next.value);
      results.push(result);
      result.then(end, end);
    }
  };
  const end = () => {
    running -= 1;
    begin();
  };
  try {
    begin();
    for (let result = results.shift(); result !== undefined; result = results.shift()) {
      yield await result;
      begin();
    }
  } finally {
    isOver = true;
    await Promise.allSettled(results);
  }
}
