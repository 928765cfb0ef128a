/** Loaded before a program: its parent seems to die after it has been looked at once. */
const parent = process.ppid
const looks = { count: 0 }
Object.defineProperty(process, "ppid", { get: () => ((looks.count += 1) === 1 ? parent : 1) })
