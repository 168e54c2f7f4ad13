// What the scripts here share: where the published SDKs are, a mailbox, an
// authenticator, and cookies for a runtime that keeps none.

import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { text } from 'node:stream/consumers'

// The packages come from npm, beside the other parts of the tests.
export const published = createRequire(new URL('../npm/', import.meta.url))

// setup is what the test gives: {url, mail, people}.
export const setup = JSON.parse(await text(process.stdin))

// Jar keeps the cookies of one browser.
export class Jar {
  #cookies = new Map()

  // take keeps what an answer sets.
  take(fields) {
    for (const field of fields) {
      const [pair, ...rest] = field.split(';')
      const name = pair.slice(0, pair.indexOf('=')).trim()
      const age = rest.map((r) => r.trim().toLowerCase()).find((r) => r.startsWith('max-age='))
      if (age && Number(age.slice(8)) <= 0) this.#cookies.delete(name)
      else this.#cookies.set(name, { value: pair.slice(pair.indexOf('=') + 1), rest: rest.join(';') })
    }
  }

  // field is the Cookie field of a request, undefined for none.
  get field() {
    return [...this.#cookies].map(([name, { value }]) => `${name}=${value}`).join('; ') || undefined
  }

  // get is a cookie's value.
  get(name) {
    return this.#cookies.get(name)?.value
  }

  // httpOnly says that scripts do not see any of the cookies.
  get httpOnly() {
    return [...this.#cookies.values()].every(({ rest }) => /;?\s*HttpOnly/i.test(rest))
  }

  get size() {
    return this.#cookies.size
  }

  // fetch is that of a browser that has this jar.
  fetch = async (address, options = {}) => {
    const headers = new Headers(options.headers)
    if (options.credentials === 'include' && this.field) headers.set('Cookie', this.field)
    const answer = await fetch(address, { ...options, headers })
    if (options.credentials === 'include') this.take(answer.headers.getSetCookie())
    return answer
  }
}

const read = new Set()

// letter waits for the next letter to an address whose text has a phrase, and
// returns the address in it that carries a token.
export async function letter(to, phrase) {
  for (let tries = 0; tries < 600; tries++) {
    for (const name of (await readdir(setup.mail).catch(() => [])).sort()) {
      if (read.has(name) || !name.endsWith('.eml')) continue
      const raw = await readFile(join(setup.mail, name), 'utf8')
      const plain = raw.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)))
      if (!raw.includes(to) || !plain.replace(/\s+/g, ' ').includes(phrase)) continue
      const found = plain.match(/https?:\/\/\S+[?&]token=[A-Za-z0-9_-]+/)
      assert(found, `no link in ${plain}`)
      read.add(name)
      return new URL(found[0])
    }
    await wait(50) // another process posts it
  }
  throw new Error(`no letter to ${to} that says ${phrase}`)
}

// until waits for something that happens by itself.
export async function until(what, ready) {
  for (let tries = 0; tries < 600; tries++) {
    if (await ready()) return
    await wait(50)
  }
  throw new Error(`it never happened: ${what}`)
}

// Authenticator makes the codes of a secret (RFC 6238), each once.
export class Authenticator {
  #key
  #last = 0

  constructor(secret) {
    const bits = [...secret.replace(/=+$/, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
    this.#key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)))
  }

  async code() {
    // A code of the next period is good already.
    await until('another code', () => Math.floor(Date.now() / 30_000) + 1 > this.#last)
    this.#last = Math.max(this.#last + 1, Math.floor(Date.now() / 30_000))
    const counter = Buffer.alloc(8)
    counter.writeBigUInt64BE(BigInt(this.#last))
    const sum = createHmac('sha1', this.#key).update(counter).digest()
    const at = sum[19] & 15
    return String((sum.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
  }
}

// refused wants a promise to fail with one of Directus' codes.
export async function refused(code, promise) {
  await assert.rejects(promise, (err) => {
    assert.equal(err.errors?.[0]?.extensions?.code, code, `got ${JSON.stringify(err.errors ?? String(err))}`)
    return true
  })
}

// step runs a part of a conversation and says so.
export async function step(name, run) {
  try {
    await run()
    console.log(`ok ${name}`)
  } catch (err) {
    console.log(`not ok ${name}: ${err.errors ? JSON.stringify(err.errors) : err.stack}`)
    process.exitCode = 1
  }
}
