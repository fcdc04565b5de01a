import type { DesiredState } from "../model/job.ts";
import type { LoadedConfig } from "../source/load.ts";
import { watchFiles } from "../source/watch.ts";
import { giveBackMemory } from "./give-back.ts";
import { startLoop } from "./loop.ts";
import type { Loop } from "./loop.ts";
import { problem } from "./problem.ts";
import { Reconciler } from "./reconciler.ts";
import type { ReconcilerOptions } from "./reconciler.ts";

/** Keeps the reconciler looking at the files. Disposing it ends the look that is going on first. */
export interface FileFollower extends AsyncDisposable {
  /** Reads the files again now. */
  wake(): void;
  /** Resolves when the files were read once, whatever came of it. */
  readonly firstLook: Promise<void>;
}

export interface FileFollowerOptions extends Omit<ReconcilerOptions, "takeSave"> {
  pluginDir: string;
}

/**
 * Watches the config file and the plugin directory in force, and reconciles when they change. `loaded`
 * is what was read of the config before.
 */
export async function followFiles(
  options: FileFollowerOptions,
  loaded: LoadedConfig,
): Promise<FileFollower> {
  const firstLook = Promise.withResolvers<void>();
  let reconciling: Loop | null = null;
  // Watched before they are first read, so that no change falls between the two.
  const watcher = await watchFiles({
    files: [options.configFile],
    directories: [options.pluginDir],
    onChange: () => reconciling?.wake(),
  });
  const reconciler = new Reconciler(
    {
      ...options,
      takeSave: () => watcher.takeChangeMs(),
      onApplied(desired: DesiredState) {
        watcher.setDirectories([desired.settings.pluginDir]);
        options.onApplied(desired);
      },
    },
    loaded,
  );
  const loop = startLoop({
    async step() {
      const waitMs = await reconciler.step().finally(firstLook.resolve);
      giveBackMemory();
      return waitMs;
    },
    retryMs: 1_000,
    onError: problem(options.emit, "cannot apply the config"),
  });
  reconciling = loop;
  return {
    wake: () => loop.wake(),
    firstLook: firstLook.promise,
    async [Symbol.asyncDispose]() {
      await watcher[Symbol.asyncDispose]();
      await loop.stop();
    },
  };
}
