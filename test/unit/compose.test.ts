import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { composeFiles, imagesOf, neededSecrets, readCompose } from "../../src/model/compose.ts"
import { mergeTrees, parseYaml } from "../../src/model/composeTree.ts"

const env = { STACK_NAME: "blog_ci", SECRET_DB_VERSION: "v1", CONF_VERSION: "v3", DOMAIN: "blog.ci", TAG: "1.2" }

const base = `
version: "3.8"
x-common: &common
  networks: [internal]
  deploy: { restart_policy: { condition: on-failure } }
services:
  app:
    <<: *common
    image: example/app:\${TAG:-latest}
    environment:
      - URL=https://$DOMAIN
      - BARE
    secrets: [db]
    configs:
      - source: conf
        target: /etc/conf
    volumes:
      - data:/var/lib/data
      - ./bind:/bind
      - /anonymous
    deploy:
      labels:
        - "traefik.rule=Host(\`$DOMAIN\`)"
        - "coop-cloud.\${STACK_NAME}.version=1.0.0+1.2"
        - "money=$$5"
    healthcheck:
      test: ["CMD", "true"]
secrets:
  db:
    external: true
    name: \${STACK_NAME}_db_\${SECRET_DB_VERSION}
  unused:
    external: true
configs:
  conf:
    name: \${STACK_NAME}_conf_\${CONF_VERSION}
    file: conf.tmpl
networks:
  proxy: { external: true }
  internal:
volumes:
  data:
`
const postgres = `
version: "3.8"
services:
  app:
    environment:
      BARE: "2"
    deploy:
      labels: { extra: yes }
    secrets:
      - source: db
        target: other
    networks: [proxy]
    volumes:
      - other:/var/lib/data
  db:
    image: postgres:15
    volumes:
      - type: volume
        source: data
        target: /var/lib/postgresql
    healthcheck: { disable: true }
volumes:
  data:
`

const read = (...texts: ReadonlyArray<string>) =>
  Result.getOrThrow(
    readCompose(
      texts.map((text, index) => ({ name: `f${index}.yml`, text })),
      env
    )
  )

describe("compose (DEP-10, ABRA-2)", () => {
  it.each([
    [{}, ["compose.yml"]],
    [{ COMPOSE_FILE: "" }, ["compose.yml"]],
    [{ COMPOSE_FILE: "compose.yml:compose.postgres.yml: a.yml:compose.yml:" }, ["compose.yml", "compose.postgres.yml", "a.yml"]]
  ])("files of %j", (values, expected) => {
    assert.deepStrictEqual(composeFiles(values), expected)
  })

  it("reads one file: anchors merged, variables put in, keys left alone", () => {
    const compose = read(base)
    const [app] = compose.services
    assert.strictEqual(compose.version, "3.8")
    assert.strictEqual(app?.image, "example/app:1.2")
    assert.deepStrictEqual(app?.labels, { "traefik.rule": "Host(`blog.ci`)", "coop-cloud.blog_ci.version": "1.0.0+1.2", money: "$5" })
    assert.deepStrictEqual(app?.environment, { URL: "https://blog.ci", BARE: "" })
    assert.deepStrictEqual(
      [app?.secrets, app?.configs, app?.networks, app?.volumes],
      [["db"], ["conf"], ["internal"], [{ source: "data", target: "/var/lib/data" }]]
    )
    assert.isTrue(app?.healthcheck)
    assert.deepStrictEqual(compose.secrets[0], {
      key: "db",
      name: "blog_ci_db_v1",
      template: "${STACK_NAME}_db_${SECRET_DB_VERSION}",
      external: true,
      file: undefined
    })
    assert.deepStrictEqual(compose.configs, [
      { key: "conf", name: "blog_ci_conf_v3", template: "${STACK_NAME}_conf_${CONF_VERSION}", external: false, file: "conf.tmpl" }
    ])
    assert.deepStrictEqual(
      compose.networks.map(({ name, external }) => [name, external]),
      [
        ["proxy", true],
        ["blog_ci_internal", false]
      ]
    )
    assert.deepStrictEqual(
      compose.volumes.map(({ name }) => name),
      ["blog_ci_data"]
    )
  })

  it("only external secrets that a service uses are needed", () => {
    assert.deepStrictEqual(
      neededSecrets(read(base)).map(({ key }) => key),
      ["db"]
    )
  })

  it("merges several files: images, labels, environment, secrets, networks, volumes by target", () => {
    const compose = read(base, postgres)
    const [app, db] = compose.services
    assert.deepStrictEqual(imagesOf(compose), ["example/app:1.2", "postgres:15"])
    assert.strictEqual(app?.labels["extra"], "yes")
    assert.strictEqual(compose.secrets[0]?.template, "${STACK_NAME}_db_${SECRET_DB_VERSION}")
    assert.strictEqual(app?.labels["money"], "$5")
    assert.deepStrictEqual(app?.environment, { URL: "https://blog.ci", BARE: "2" })
    assert.deepStrictEqual([app?.secrets, app?.networks, app?.volumes], [["db"], ["internal", "proxy"], [{ source: "other", target: "/var/lib/data" }]])
    assert.deepStrictEqual([db?.networks, db?.volumes, db?.healthcheck], [["default"], [{ source: "data", target: "/var/lib/postgresql" }], false])
  })

  it("the old form of external names", () => {
    const compose = read("services: { a: { image: x } }\nsecrets: { s: { external: { name: other } } }")
    assert.deepStrictEqual([compose.secrets[0]?.name, compose.secrets[0]?.external, compose.version], ["other", true, ""])
  })

  it.each([
    ["services: [", /f0\.yml/],
    ["services:\n  a: {image: '${A'}", /services\.a\.image/],
    ["- a", /no mapping/],
    ["a: 1\na: 2", /unique/i],
    ["x: ${MISSING:?say so}", /MISSING is missing a value: say so/]
  ])("names file and place of what is wrong in %j", (text, seen) => {
    const result = readCompose([{ name: "f0.yml", text }], env)
    assert.isTrue(Result.isFailure(result))
    if (Result.isFailure(result)) assert.match(result.failure.message, seen)
  })

  it("a file that multiplies itself by aliases is refused, not expanded", () => {
    const levels = Array.from({ length: 12 }, (_, level) => `l${level + 1}: &l${level + 1} [${Array(9).fill(`*l${level}`).join(",")}]`)
    assert.isTrue(Result.isFailure(parseYaml(`l0: &l0 [x,x]\n${levels.join("\n")}`)))
    assert.isTrue(Result.isFailure(parseYaml(`${"[".repeat(60)}${"]".repeat(60)}`)))
  })

  it("nor is one that multiplies a long variable", () => {
    const text = `services:\n${Array.from({ length: 2000 }, (_, index) => `  s${index}: { image: "$LONG" }`).join("\n")}`
    assert.isTrue(Result.isFailure(readCompose([{ name: "x", text }], { LONG: "x".repeat(100_000) })))
  })

  it("a key called __proto__ is a key like any other", () => {
    const merged = mergeTrees(Result.getOrThrow(parseYaml("__proto__: { polluted: 1 }")), {})
    assert.deepStrictEqual(Object.keys(merged as object), ["__proto__"])
    assert.isUndefined(Reflect.get({}, "polluted"))
  })

  it.prop("reading is total", { text: Schema.String }, ({ text }) => {
    assert.isTrue(Result.isResult(readCompose([{ name: "x", text }], {})))
    assert.isTrue(Result.isResult(readCompose([{ name: "x", text: `services:\n  a:\n    image: ${text}` }], {})))
  })
})
