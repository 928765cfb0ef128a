/** What a child inherits of this process's environment: an allow list, so that no secret of the CI's reaches a recipe by accident. */
const locale = /^(PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR)$/
const tools =
  /^(SSH_AUTH_SOCK|DOCKER_[A-Z0-9_]+|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS|XDG_(CONFIG_HOME|RUNTIME_DIR)|(https?|all|no)_proxy|(HTTPS?|ALL|NO)_PROXY)$/

const pick = (...patterns: ReadonlyArray<RegExp>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value !== undefined && patterns.some((pattern) => pattern.test(name)) ? [[name, value]] : []))
  )

/** For commands that ccci runs: docker, git, ssh find their socket, agent and proxy. */
export const inheritedByCommands = () => pick(locale, tools)

/** For a recipe's own code, which reaches the outside through its context only. */
export const inheritedByHooks = () => pick(locale)
