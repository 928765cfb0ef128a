#!/usr/bin/env node
// A page that is not there is a 404. Any program can be a test: this one gets its facts from the environment.
import { request } from "node:https"

const url = new URL("/not-there", process.env.CCCI_BASE_URL)
const gateway = new URL(`https://${process.env.CCCI_GATEWAY}`)
const options = {
  host: gateway.hostname,
  port: gateway.port || 443,
  servername: url.hostname,
  headers: { host: url.host },
  path: url.pathname,
  rejectUnauthorized: false
}

request(options, (response) => {
  console.log(`${url} answers ${response.statusCode}`)
  response.resume()
  process.exitCode = response.statusCode === 404 ? 0 : 1
}).end()
