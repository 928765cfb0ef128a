/** Executables on PATH. */
import * as fs from "node:fs"
import * as path from "node:path"

const isExecutable = (file: string): boolean => {
  try {
    fs.accessSync(file, fs.constants.X_OK)
    return fs.statSync(file).isFile()
  } catch {
    return false
  }
}

/** Absolute path of a command: itself if it holds a slash, else the first one in the folders of `searchPath`; undefined when there is none. */
export const findExecutable = (command: string, searchPath: string): string | undefined =>
  (command.includes("/")
    ? [path.resolve("/", command)]
    : searchPath
        .split(":")
        .filter((folder) => folder.startsWith("/"))
        .map((folder) => path.join(folder, command))
  ).find(isExecutable)
