/** How patient a client is; every time is in milliseconds. */
export interface Policy {
  /** Longest wait before the first attempt to connect again; it doubles with each one. */
  readonly reconnectInitialMs: number;
  /** Longest wait between two attempts. */
  readonly reconnectCapMs: number;
  /** A connection that lasted this long starts the waits from the beginning again. */
  readonly healthyAfterMs: number;
  /** How long `connect` tries. A session once had is never given up for time. */
  readonly connectForMs: number;
  /** For one attempt: connection, handshake and welcome. */
  readonly signInTimeoutMs: number;
  /** A ping goes out where nothing was sent or heard for this long, or less if the server says so. */
  readonly pingIntervalMs: number;
  /** How long an answer to a ping may take before the connection counts as dead. */
  readonly pongTimeoutMs: number;
  /** Longest wait before a request that was not executed is sent again; it doubles. */
  readonly retryInitialMs: number;
  /** Longest wait between two sendings of one request. */
  readonly retryCapMs: number;
  /** How long a temporary or unknown answer is asked again before it is raised. */
  readonly retryForMs: number;
  /** Requests without an answer, those not yet sent included. */
  readonly maximumUnanswered: number;
  /** How long `close` waits for the answer to `bye`. */
  readonly byeTimeoutMs: number;
}

/** What suits a player's page. */
export const DEFAULT_POLICY: Policy = {
  reconnectInitialMs: 500,
  reconnectCapMs: 20_000,
  healthyAfterMs: 10_000,
  connectForMs: 30_000,
  signInTimeoutMs: 15_000,
  pingIntervalMs: 15_000,
  pongTimeoutMs: 5_000,
  retryInitialMs: 50,
  retryCapMs: 2_000,
  retryForMs: 60_000,
  maximumUnanswered: 1_000,
  byeTimeoutMs: 3_000,
};
