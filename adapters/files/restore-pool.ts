/** Work beside the reading: so many at a time, with so many bytes in memory; the first error ends it. */
export class Pool {
  readonly #limits: { readonly tasks: number; readonly bytes: number };
  #tasks = 0;
  #bytes = 0;
  #failure: { readonly thrown: unknown } | undefined;
  #waiting: (() => void)[] = [];

  constructor(limits: { readonly tasks: number; readonly bytes: number }) {
    this.#limits = limits;
  }

  /** Waits until there is room (one task always has), then starts it. Throws what an earlier task threw. */
  async run(bytes: number, task: () => Promise<void>): Promise<void> {
    while (
      this.#tasks > 0 &&
      (this.#tasks >= this.#limits.tasks || this.#bytes + bytes > this.#limits.bytes)
    ) {
      this.#check();
      await this.#change();
    }
    this.#check();
    this.#tasks++;
    this.#bytes += bytes;
    task()
      .catch((thrown: unknown) => {
        this.#failure ??= { thrown };
      })
      .finally(() => {
        this.#tasks--;
        this.#bytes -= bytes;
        this.#wake();
      });
  }

  /** Waits for all that runs. Throws what one of them threw. */
  async drained(): Promise<void> {
    await this.settled();
    this.#check();
  }

  /** The same, whatever comes of them. */
  async settled(): Promise<void> {
    while (this.#tasks > 0) await this.#change();
  }

  #check(): void {
    if (this.#failure) throw this.#failure.thrown;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
