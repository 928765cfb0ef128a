/** How long the simulated engine takes for what: low and high bound in ms, as measured on real ones (medians in the middle). */
export interface Lags {
  /** Service created or task replaced -> task assigned to a node. */
  readonly assign: Lag
  /** Assigned -> image and networks there, container created. */
  readonly prepare: Lag
  /** Container created -> started. */
  readonly start: Lag
  /** Container started, or healthy -> task running. */
  readonly running: Lag
  /** An update is accepted -> its state says `updating`. */
  readonly update: Lag
  /** The executor's sleep before TERM. */
  readonly beforeTerm: Lag
  /** TERM -> a process that obeys has ended, and the engine knows. */
  readonly stop: Lag
  /** KILL -> likewise. */
  readonly kill: Lag
  /** The last container of a removed service has ended -> its task record is gone. */
  readonly forget: Lag
  /** Task record gone -> container and its volumes free. */
  readonly release: Lag
  /** Something happened -> the client of `/events` knows. */
  readonly event: Lag
  /** A short command in a container. */
  readonly exec: Lag
  /** A request through the gateway. */
  readonly http: Lag
}

export type Lag = readonly [low: number, high: number]

export const defaultLags: Lags = {
  assign: [10, 60],
  prepare: [40, 160],
  start: [500, 1000],
  running: [20, 50],
  update: [4, 30],
  beforeTerm: [2000, 2050],
  stop: [200, 1300],
  kill: [100, 300],
  forget: [400, 600],
  release: [2050, 2150],
  event: [1, 3],
  exec: [30, 120],
  http: [2, 20]
}
