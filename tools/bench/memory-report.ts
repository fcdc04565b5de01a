// Loaded into a measured process before its program: answers on the channel with its used heap.
process.on("message", (request) => {
  if (request !== "memory") return;
  globalThis.gc?.();
  process.send?.(process.memoryUsage().heapUsed);
});
// The channel alone must not keep a program alive that has ended.
process.channel?.unref();
