/** Whatever is to look at the world when something may have changed. */
export class Wakes {
  readonly #woken: (() => void)[] = [];

  add(wake: () => void): void {
    this.#woken.push(wake);
  }

  wake(): void {
    for (const wake of this.#woken) wake();
  }
}
