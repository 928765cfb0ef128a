import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { serviceConvergence, settled, stackConvergence, type ServiceLook } from "../../src/programs/convergence.ts"
import type { Service, Task, UpdateState } from "../../src/services/Docker.ts"

const service = (over: Partial<Service> = {}): Service => ({
  id: "s1",
  name: "blog_app",
  labels: {},
  image: "nginx:2",
  replicas: 1,
  mode: "replicated",
  running: 1,
  version: 7,
  updateState: Option.none(),
  updateMessage: "",
  secrets: [],
  configs: [],
  networks: [],
  restart: "any",
  stopGrace: 10_000,
  ...over
})

const task = (id: string, over: Partial<Task> = {}): Task => ({
  id,
  serviceId: "s1",
  slot: 1,
  nodeId: "n1",
  state: "running",
  desiredState: "running",
  image: "nginx:2",
  error: "",
  containerId: Option.none(),
  exitCode: Option.none(),
  labels: {},
  since: 0,
  ...over
})

const look = (over: Partial<ServiceLook> = {}): ServiceLook => ({ service: service(), current: [task("new")], all: [task("new")], ...over })
const state = (updateState: UpdateState) => service({ updateState: Option.some(updateState) })

describe("HEALTH-2 settled", () => {
  it.each([
    ["updating", false],
    ["rollback_started", false],
    ["completed", true],
    ["paused", true],
    ["rollback_completed", true],
    ["rollback_paused", true]
  ] as const)("%s: %s", (updateState, expected) => assert.strictEqual(settled(state(updateState)), expected))

  it("a service never updated is settled", () => assert.isTrue(settled(service())))
})

describe("HEALTH-1 and UPG-3, one service", () => {
  it("as many tasks of the current spec as wanted, and no others: converged", () =>
    assert.deepStrictEqual(serviceConvergence(look(), true), { _tag: "Converged" }))

  it("HEALTH-1: the old task that still counts 1/1 before the rolling update begins does not count", () => {
    const old = task("old", { image: "nginx:1" })
    assert.strictEqual(serviceConvergence(look({ current: [], all: [old] }), true)._tag, "Moving")
  })

  it("UPG-3: an old task that still runs beside the new one (start-first) is not the end", () =>
    assert.strictEqual(serviceConvergence(look({ all: [task("new"), task("old")] }), true)._tag, "Moving"))

  it("UPG-3: completed alone proves nothing while no task runs (a crash loop)", () => {
    const crashed = task("new", { state: "failed", error: "task: non-zero exit (1)" })
    const found = serviceConvergence(look({ service: state("completed"), current: [crashed], all: [crashed] }), true)
    assert.strictEqual(found._tag, "Moving")
    assert.include(found._tag === "Moving" ? found.seen : "", "non-zero exit (1)")
  })

  it.each(["paused", "rollback_started", "rollback_paused", "rollback_completed"] as const)(
    "UPG-3: %s after a redeploy is a failure, though the old task serves",
    (updateState) => assert.strictEqual(serviceConvergence(look({ service: state(updateState) }), true)._tag, "Failed")
  )

  it.each(["paused", "rollback_completed"] as const)("HEALTH-2: an old %s flag does not block where nothing was redeployed", (updateState) =>
    assert.strictEqual(serviceConvergence(look({ service: state(updateState) }), false)._tag, "Converged")
  )

  it("HEALTH-1: zero of zero counts as there", () =>
    assert.strictEqual(serviceConvergence(look({ service: service({ replicas: 0 }), current: [], all: [] }), false)._tag, "Converged"))

  it("HEALTH-1: a one-shot that ran to its end is no deficit", () => {
    const complete = task("job", { state: "complete", desiredState: "shutdown", exitCode: Option.some(0) })
    assert.strictEqual(serviceConvergence(look({ service: service({ restart: "none" }), current: [complete], all: [complete] }), false)._tag, "Converged")
  })

  it("HEALTH-1: an old one-shot that ran to its end does not stand in for the new one that failed", () => {
    const old = task("old", { state: "complete", desiredState: "shutdown", exitCode: Option.some(0) })
    const failed = task("new", { state: "failed", desiredState: "shutdown", error: "task: non-zero exit (1)" })
    assert.strictEqual(serviceConvergence(look({ service: service({ restart: "none" }), current: [failed], all: [old, failed] }), true)._tag, "Moving")
  })

  it.each(["failed", "rejected", "pending"])("HEALTH-1: a one-shot whose task is %s is a deficit", (taskState) => {
    const ended = task("job", { state: taskState })
    assert.strictEqual(serviceConvergence(look({ service: service({ restart: "none" }), current: [ended], all: [ended] }), false)._tag, "Moving")
  })

  it("HEALTH-1: a task that ended well does not count where it is restarted", () => {
    const complete = task("t", { state: "complete", exitCode: Option.some(0) })
    assert.strictEqual(serviceConvergence(look({ current: [], all: [complete] }), false)._tag, "Moving")
  })
})

describe("HEALTH-1, the stack", () => {
  it("no services at all: not converged", () => assert.strictEqual(stackConvergence([], false)._tag, "Moving"))

  it("UPG-3: every service is watched, not app alone", () => {
    const db: ServiceLook = { service: service({ id: "s2", name: "blog_db" }), current: [], all: [] }
    const found = stackConvergence([look(), db], true)
    assert.strictEqual(found._tag, "Moving")
    assert.include(found._tag === "Moving" ? found.seen : "", "blog_db")
  })

  it("a failure of one service is the stack's, even while another moves", () => {
    const moving: ServiceLook = { service: service({ id: "s2", name: "blog_db" }), current: [], all: [] }
    assert.strictEqual(stackConvergence([moving, look({ service: state("rollback_completed") })], true)._tag, "Failed")
  })
})
