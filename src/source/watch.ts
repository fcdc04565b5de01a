import { stat } from "node:fs/promises";
import { watch } from "chokidar";
import type { FSWatcher } from "chokidar";

/** Quiet time after the last event, and the longest wait while events keep coming. */
const QUIET_MS = 60;
const MAX_WAIT_MS = 1_000;

/** How often the files themselves are looked at, for file systems and links that send no events. */
const POLL_MS = 500;

/** Wakes somebody when files may have changed. It says nothing of what changed. */
export interface FileWatcher extends AsyncDisposable {
  /** Follows the plugin directory when the config moves it. */
  setDirectories(directories: string[]): void;
  /**
   * When the first event since the last call came, in ms since the epoch; null when there was none.
   * Whoever reads the files calls it before, so that what changes while he reads counts anew.
   */
  takeChangeMs(): number | null;
}

/**
 * Watches files and directories, which need not exist yet. A burst of events, as a checkout or an
 * editor's save makes, is one call of `onChange`. A link that comes to mean another file, as the
 * mount of a ConfigMap does it, and a network file system may send no event at all: so the few named
 * files are looked at as well.
 */
export async function watchFiles(options: {
  files: string[];
  directories: string[];
  onChange: () => void;
}): Promise<FileWatcher> {
  let directories = options.directories;
  let firstEventMs: number | null = null;
  let changedAtMs: number | null = null;
  let timer: NodeJS.Timeout | undefined;

  function onEvent(): void {
    const now = Date.now();
    firstEventMs ??= now;
    changedAtMs ??= now;
    clearTimeout(timer);
    const waitMs = Math.max(0, Math.min(QUIET_MS, firstEventMs + MAX_WAIT_MS - now));
    timer = setTimeout(() => {
      firstEventMs = null;
      options.onChange();
    }, waitMs);
  }

  const watcher = watch([...options.files, ...directories], {
    ignoreInitial: true,
    ignored: (path) => /(^|[/\\])(node_modules|\.git)([/\\]|$)/.test(path),
  });
  watcher.on("all", onEvent);
  // A directory that cannot be read is reported by the next reading of it, with its name.
  watcher.on("error", onEvent);
  await ready(watcher);
  const polling = await pollFiles(options.files, onEvent);
  return {
    setDirectories(wanted) {
      const gone = directories.filter((directory) => !wanted.includes(directory));
      const added = wanted.filter((directory) => !directories.includes(directory));
      if (gone.length > 0) watcher.unwatch(gone);
      if (added.length > 0) watcher.add(added);
      directories = wanted;
    },
    takeChangeMs() {
      const takenMs = changedAtMs;
      changedAtMs = null;
      return takenMs;
    },
    async [Symbol.asyncDispose]() {
      polling[Symbol.dispose]();
      await watcher.close();
      clearTimeout(timer);
    },
  };
}

async function ready(watcher: FSWatcher): Promise<void> {
  await new Promise<void>((resolve) => {
    watcher.once("ready", resolve);
  });
}

/** Looks at the files again and again, until disposed. */
async function pollFiles(files: string[], onChange: () => void): Promise<Disposable> {
  let last = await fingerprint(files);
  let looking = false;
  let disposed = false;
  async function look(): Promise<void> {
    looking = true;
    const now = await fingerprint(files);
    looking = false;
    if (now !== last && !disposed) onChange();
    last = now;
  }
  const timer = setInterval(() => {
    // A network file system that hangs must not take one thread after another.
    if (!looking) void look();
  }, POLL_MS);
  return {
    [Symbol.dispose]() {
      disposed = true;
      clearInterval(timer);
    },
  };
}

/** What the names mean now; a file that is away counts as such. */
async function fingerprint(files: string[]): Promise<string> {
  const parts = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ dev, ino, size, mtimeMs }) => `${dev}:${ino}:${size}:${mtimeMs}`,
        () => "away",
      ),
    ),
  );
  return parts.join("\n");
}
