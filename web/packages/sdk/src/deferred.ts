/** A promise that is settled from outside; settling it again does nothing. */
export class Deferred<Value> {
  readonly promise: Promise<Value>;
  private accept: (value: Value) => void = () => {};
  private refuse: (error: Error) => void = () => {};
  private isSettled = false;

  constructor() {
    this.promise = new Promise<Value>((accept, refuse) => {
      this.accept = accept;
      this.refuse = refuse;
    });
    // Whoever waits hears of a failure; nobody has to wait.
    this.promise.catch(() => {});
  }

  /** Whether it was resolved or rejected. */
  get settled(): boolean {
    return this.isSettled;
  }

  resolve(value: Value): void {
    this.isSettled = true;
    this.accept(value);
  }

  reject(error: Error): void {
    this.isSettled = true;
    this.refuse(error);
  }
}

/** `promise`, or undefined once `milliseconds` have passed. */
export async function within<Value>(
  promise: Promise<Value>,
  milliseconds: number,
): Promise<Value | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
