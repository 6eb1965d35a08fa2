/** Runs the steps of the quick start one after the other: says what it does, times it, and keeps what came of it. */

export interface StepResult {
  readonly name: string;
  readonly ok: boolean;
  readonly seconds: number;
  readonly bytes?: number;
  readonly rows?: number;
  readonly detail?: string;
}

/** What a step tells about itself. */
export interface StepOutcome extends Pick<StepResult, 'bytes' | 'rows' | 'detail'> {
  /** Of the work itself, where the step also waited for something. */
  readonly seconds?: number;
}

export class Steps {
  readonly results: StepResult[] = [];

  /** Runs a step; what it throws is recorded and thrown on. Lines between are shown with the time since it began. */
  async run(
    name: string,
    title: string,
    work: (say: (line: string) => void) => Promise<StepOutcome>,
  ): Promise<void> {
    const began = performance.now();
    const seconds = () => Math.round((performance.now() - began) / 10) / 100;
    console.log(`\n▸ ${title}`);
    const say = (line: string) => console.log(`  ${seconds().toFixed(1).padStart(6)} s  ${line}`);
    try {
      const outcome = await work(say);
      this.results.push({ name, ok: true, seconds: seconds(), ...outcome });
      console.log(`  ✓ ${outcome.detail ?? 'done'} (${seconds().toFixed(1)} s)`);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      this.results.push({ name, ok: false, seconds: seconds(), detail });
      console.log(`  ✗ ${detail}`);
      throw error;
    }
  }

  get ok(): boolean {
    return this.results.length > 0 && this.results.every((step) => step.ok);
  }
}

/** Throws when what should hold does not: a quick start that shows something wrong has failed. */
export function mustHold(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(otherwise);
}
