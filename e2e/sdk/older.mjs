// The classes of @directus/sdk as it was published until its version 10, against
// a server that runs.

import assert from 'node:assert/strict'
import { Authenticator, Jar, letter, published, refused, setup, step, until } from './place.mjs'

const { Directus } = published('directus-sdk-10')

const { ann, guest } = setup.people

// client is an application of one person: in one browser, if it needs cookies.
// Its axios keeps none by itself outside of browsers.
function client(mode, { jar = new Jar(), early = 0 } = {}) {
  const c = new Directus(setup.url, { auth: { mode, autoRefresh: early > 0, msRefreshBeforeExpires: early } })
  c.transport.axios.interceptors.request.use((config) => {
    if (jar.field) config.headers.Cookie = jar.field
    return config
  })
  c.transport.axios.interceptors.response.use((answer) => {
    jar.take(answer.headers['set-cookie'] ?? [])
    return answer
  })
  return c
}

await step('the server lists its providers', async () => {
  const c = client('json')
  const { data } = await c.transport.get('/auth')
  assert.equal(data.find((p) => p.name === 'github').driver, 'oauth2')
})

await step('json: sign in, read and change oneself, refresh, sign out', async () => {
  const c = client('json')
  const got = await c.auth.login(ann)
  assert.equal(typeof got.access_token, 'string')
  assert.equal(typeof got.refresh_token, 'string')
  assert.equal(got.expires, setup.life)
  assert.equal((await c.users.me.read({ fields: ['email'] })).email, ann.email)
  assert.equal((await c.users.me.update({ first_name: 'Ann' })).first_name, 'Ann')
  const after = await c.auth.refresh()
  assert.notEqual(after.refresh_token, got.refresh_token)
  await c.auth.logout()
  await refused('INVALID_CREDENTIALS', client('json').auth.login({ ...ann, password: 'not the password of ann' }))
  c.storage.auth_refresh_token = after.refresh_token
  await refused('INVALID_CREDENTIALS', c.auth.refresh())
})

await step('cookie: sign in, refresh and sign out, with a cookie that no script reads', async () => {
  const jar = new Jar()
  const c = client('cookie', { jar })
  const got = await c.auth.login(ann)
  assert.equal(got.refresh_token, undefined)
  const first = jar.get('directus_refresh_token')
  assert(first && jar.httpOnly, 'the cookie is missing or readable')
  await c.auth.refresh()
  assert.notEqual(jar.get('directus_refresh_token'), first)
  assert.equal((await c.users.me.read()).email, ann.email)
  await c.auth.logout()
  assert.equal(jar.size, 0)
  await refused('INVALID_PAYLOAD', c.auth.refresh())
})

await step('tokens renew themselves before they expire', async () => {
  for (const mode of ['json', 'cookie']) {
    const c = client(mode, { early: setup.life - 500 })
    await c.auth.login(ann)
    const first = await c.auth.token
    await until('a renewal before a request', async () => {
      assert.equal((await c.users.me.read()).email, ann.email)
      return (await c.auth.token) !== first
    })
  }
})

await step('many refreshes at once leave every tab signed in', async () => {
  const jar = new Jar()
  const tabs = Array.from({ length: 6 }, () => client('cookie', { jar }))
  await tabs[0].auth.login(ann)
  await Promise.all(tabs.map((t) => t.auth.refresh()))
  await Promise.all(tabs.map((t) => t.auth.refresh()))
  for (const t of tabs) assert.equal((await t.users.me.read()).email, ann.email)
})

await step('a forgotten password is replaced with the letter', async () => {
  const c = client('json')
  await c.auth.login(ann)
  await refused('INVALID_PAYLOAD', c.auth.password.request(ann.email, 'https://evil.example/reset'))
  await c.auth.password.request('nobody@example.org')
  await c.auth.password.request(ann.email, setup.resetPage)
  const link = await letter(ann.email, 'choose')
  assert.equal(link.origin + link.pathname, setup.resetPage)
  ann.password = 'the second long password of ann'
  const token = link.searchParams.get('token')
  await c.auth.password.reset(token, ann.password)
  await refused('INVALID_TOKEN', c.auth.password.reset(token, ann.password))
  await refused('INVALID_CREDENTIALS', c.auth.refresh())
  await client('json').auth.login(ann)
})

await step('a second factor is set up, asked for and taken away', async () => {
  const c = client('json')
  await c.auth.login(ann)
  const { secret } = await c.users.me.tfa.generate(ann.password)
  const phone = new Authenticator(secret)
  await c.users.me.tfa.enable(secret, await phone.code())
  await refused('INVALID_OTP', client('json').auth.login(ann))
  const again = client('json')
  await again.auth.login({ ...ann, otp: await phone.code() })
  const code = await phone.code() // which may take longer than a token lives
  await again.auth.refresh()
  await again.users.me.tfa.disable(code)
  await client('json').auth.login(ann)
})

await step('a person who is invited enters', async () => {
  const c = client('json')
  const link = await letter(guest, 'invit')
  await c.users.invites.accept(link.searchParams.get('token'), 'the long password of a guest')
  await c.auth.login({ email: guest, password: 'the long password of a guest' })
  assert.equal((await c.users.me.read()).email, guest)
})
