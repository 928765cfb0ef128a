/** Calls before which a process under test can be held. Together they cut a run, a teardown and a janitor pass into their steps. */
export type Point =
  | "lock.tryLock"
  | "lock.unlink"
  | "lock.close"
  | "docker.removeService"
  | "docker.removeNetwork"
  | "docker.removeSecret"
  | "docker.removeVolume"
  | "abra.newApp"
  | "abra.deploy"
  | "http.request"
