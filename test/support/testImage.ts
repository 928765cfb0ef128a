/** The image of the laws: a static busybox with all its applets, and the program `fixture` (see stack.ts). Made without a registry. */
import { spawnSync } from "node:child_process"
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, delimiter, dirname, join } from "node:path"
import { fixtureImage } from "./stack.ts"

/** Told apart by their first argument; `exec` and builtins only, so that no child is left between TERM and the end. */
const fixture = `#!/bin/sh
case $1 in
  serve) [ -z "$2" ] || : >"$2"; trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done ;;
  stubborn) trap '' TERM; while :; do sleep 3600; done ;;
  exit) printf %s "$3"; printf %s "$4" >&2; exit "$2" ;;
  read) exec cat "$2" ;;
  write) printf %s "$3" >"$2" ;;
  remove) exec rm "$2" ;;
  *) echo "fixture: unknown: $1" >&2; exit 64 ;;
esac
`

const run = (command: string, args: ReadonlyArray<string>, env: Readonly<Record<string, string>>) => {
  const { status, stdout, stderr, error } = spawnSync(command, args, { env: { ...process.env, ...env }, encoding: "utf8", timeout: 60_000 })
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? stderr}`)
  return stdout
}

/** The sandbox's engine comes with a static busybox, beside the folder `client` that it puts into PATH. */
const busyboxOf = (env: Readonly<Record<string, string>>) => {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => basename(folder) === "client")
  const candidates = folders.flatMap((folder) => ["bin/busybox", "usr/bin/busybox"].map((path) => join(dirname(folder), path)))
  const found = candidates.find(existsSync)
  if (found === undefined) throw new Error(`no busybox beside a sandbox's client: looked for ${candidates.join(", ")}`)
  return found
}

/** Imports the image into the engine that `env` names, unless it is there already. */
export const importTestImage = (env: Readonly<Record<string, string>>): void => {
  if (run("docker", ["images", "--quiet", fixtureImage], env).trim() !== "") return
  const directory = mkdtempSync(join(tmpdir(), "ccci-image-"))
  try {
    const root = join(directory, "root")
    for (const name of ["bin", "tmp", "data", "etc", "www"]) mkdirSync(join(root, name), { recursive: true })
    chmodSync(join(root, "tmp"), 0o1777)
    writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/:/bin/sh\n")
    const busybox = join(root, "bin/busybox")
    copyFileSync(busyboxOf(env), busybox)
    const applets = run(busybox, ["--list"], {}).trim().split("\n")
    for (const applet of applets) if (applet !== "busybox") symlinkSync("busybox", join(root, "bin", applet))
    writeFileSync(join(root, "bin/fixture"), fixture, { mode: 0o755 })
    const archive = join(directory, "image.tar")
    run("tar", ["-C", root, "--owner=0", "--group=0", "-cf", archive, "."], {})
    run("docker", ["import", "--change", "ENV PATH=/bin", archive, fixtureImage], env)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
