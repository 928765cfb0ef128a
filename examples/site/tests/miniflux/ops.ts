import type { BackupVerify, Canary, Hook } from "ccci/recipe"
import { api, categories } from "./api.ts"

const title = "canary"

/** A category of the administrator's: written and read through the API, from the database. */
export const canary: Canary = {
  write: async (context) => {
    if ((await categories(context)).some((category) => category.title === title)) return
    const { status, body } = await api(context, "POST", "/v1/categories", { title })
    if (status !== 201) throw new Error(`no category was made: ${status} ${body.slice(0, 200)}`)
  },
  damage: async (context) => {
    for (const category of await categories(context)) {
      if (category.title === title) await api(context, "DELETE", `/v1/categories/${category.id}`)
    }
  },
  read: async (context) => (await categories(context)).map((category) => category.title).join(", ")
}

/** The dump that the hook wrote is whole: pg_dump's last line stands at its end. */
export const backupVerify: BackupVerify = async (context) => {
  const { exitCode } = await context.exec("db", ["sh", "-c", 'tail -n 5 "$PGDATA/backup.sql" | grep -q "PostgreSQL database dump complete"'])
  return exitCode === 0
}

const schema = async (context: Parameters<Hook>[0]) => {
  const { stdout, stderr } = await context.exec("db", ["psql", "-U", "miniflux", "-At", "-c", "select version from schema_version"])
  context.log(`schema version ${stdout.trim()} ${stderr.trim()}`)
}

export const preUpgrade: Hook = schema
export const postUpgrade: Hook = schema
