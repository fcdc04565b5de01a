/** Enough of a hash to tell it from any other of a repository or a database. */
export function shortHash(hash: string): string {
  return hash.slice(0, 12);
}
