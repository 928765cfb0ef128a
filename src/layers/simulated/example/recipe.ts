/** The example recipe of the simulated world: custom-html, as examples/recipes has it, in two published versions and a head. */
import type { Step } from "../git/build.ts"

/** What its versions run. */
export const imageNames = { old: "example/nginx:1.22", new: "example/nginx:1.26" } as const

const sample = `TYPE=custom-html

DOMAIN=custom-html.example.com
LETS_ENCRYPT_ENV=production
ENABLE_BACKUPS=true

COMPOSE_FILE="compose.yml"
`

const compose = (version: string, image: string) => `version: "3.8"

services:
  app:
    image: ${image}
    networks:
      - proxy
    volumes:
      - content:/usr/share/nginx/html
    configs:
      - source: default_conf
        target: /etc/nginx/conf.d/default.conf
    healthcheck:
      test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1/healthz"]
      interval: 2s
      retries: 5
    deploy:
      restart_policy:
        condition: on-failure
        delay: 2s
      update_config:
        order: start-first
        failure_action: rollback
        monitor: 1s
      labels:
        - "traefik.enable=true"
        - "traefik.http.services.\${STACK_NAME}.loadbalancer.server.port=80"
        - "traefik.http.routers.\${STACK_NAME}.rule=Host(\`\${DOMAIN}\`)"
        - "traefik.http.routers.\${STACK_NAME}.tls.certresolver=\${LETS_ENCRYPT_ENV}"
        - "backupbot.backup=\${ENABLE_BACKUPS:-true}"
        - "coop-cloud.\${STACK_NAME}.version=${version}"
        - "coop-cloud.\${STACK_NAME}.timeout=\${TIMEOUT:-120}"

networks:
  proxy:
    external: true

volumes:
  content:

configs:
  default_conf:
    name: \${STACK_NAME}_default_conf_\${DEFAULT_CONF_VERSION}
    file: default.conf
`

const files = (version: string, image: string, conf: string) => ({
  "compose.yml": compose(version, image),
  "abra.sh": `export DEFAULT_CONF_VERSION=${conf}\n`,
  "default.conf": `server { listen 80; root /usr/share/nginx/html; } # ${conf}\n`
})

/** Two published versions, and a head with the newer image. */
export const history: ReadonlyArray<Step> = [
  {
    files: { ...files("0.1.0+1.22.1", imageNames.old, "v1"), ".env.sample": sample, "README.md": "# custom-html\n" },
    tags: [{ name: "0.1.0+1.22.1", annotated: true }]
  },
  { files: files("0.2.0+1.22.1", imageNames.old, "v2"), tags: [{ name: "0.2.0+1.22.1", annotated: true }] },
  { files: files("1.0.0+1.26.3", imageNames.new, "v3"), branch: "main" }
]
