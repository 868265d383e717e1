/** Something that holds resources until it is told to let go of them. Twice is harmless. */
export interface Disposable {
  /** Let go of everything. */
  dispose(): void;
}
