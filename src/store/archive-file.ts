import { randomUUID } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip, type Gzip } from "node:zlib";
import { SchedulerError } from "../model/errors.ts";
import { invalidArchive } from "./archive-format.ts";

/**
 * Writes a compressed file that only its owner may read, and that has its name only when it is whole:
 * what is cut in the middle leaves whatever had the name before.
 *
 * @throws SchedulerError `io` when the file exists and may not be replaced; what `fill` throws
 */
export async function writeArchiveFile<Result>(
  file: string,
  options: { replace: boolean; signal: AbortSignal },
  fill: (write: (piece: Buffer) => Promise<void>) => Promise<Result>,
): Promise<Result> {
  refuseExisting(file, options);
  const draft = `${file}.${randomUUID().slice(0, 8)}.partial`;
  try {
    const handle = await open(draft, "wx", 0o600);
    const result = await writeCompressed(handle, options.signal, fill);
    refuseExisting(file, options);
    await rename(draft, file);
    await syncDirectory(dirname(file));
    return result;
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** The bytes that were compressed, in pieces. A file that is not whole ends in `export_invalid`. */
export async function* readArchiveFile(
  file: string,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void> {
  const source = createReadStream(file, { signal, highWaterMark: CHUNK_BYTES });
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  source.once("error", (error) => gunzip.destroy(error));
  try {
    for await (const chunk of source.pipe(gunzip)) yield chunk;
  } catch (error) {
    if (isZlibError(error)) throw invalidArchive("it is damaged, or not all of it is there", error);
    throw error;
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

const CHUNK_BYTES = 256 * 1_024;

function refuseExisting(file: string, { replace }: { replace: boolean }): void {
  if (replace || !existsSync(file)) return;
  throw new SchedulerError("io", `${file} exists`, {
    help: "name another file, or replace it with --force",
  });
}

async function writeCompressed<Result>(
  handle: FileHandle,
  signal: AbortSignal,
  fill: (write: (piece: Buffer) => Promise<void>) => Promise<Result>,
): Promise<Result> {
  await using owned = handle;
  const gzip = createGzip();
  const toFile = async (compressed: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of compressed) await owned.writeFile(chunk);
  };
  const written = pipeline(gzip, toFile, { signal });
  try {
    const result = await Promise.race([
      fill((piece) => writePiece(gzip, piece)),
      // What cannot be written ends the work that makes it.
      written.then(() => Promise.reject(new Error("the file was closed too soon"))),
    ]);
    gzip.end();
    await written;
    await owned.sync();
    return result;
  } catch (error) {
    gzip.destroy();
    const failure = await written.then(() => error).catch((cause: unknown) => cause);
    // The failure of the file comes before what it made fail; that we gave up is none of its own.
    throw isPremature(failure) ? error : failure;
  }
}

/** Resolves when the piece is compressed and the file keeps up. */
function writePiece(gzip: Gzip, piece: Buffer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  gzip.write(piece, (error) => (error == null ? resolve() : reject(error)));
  return promise;
}

/** The name of a file is safe when its directory is. Not everywhere can a directory be synced. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r").catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
}

function isPremature(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_STREAM_PREMATURE_CLOSE";
}
