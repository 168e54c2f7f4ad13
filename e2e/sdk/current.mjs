// The functions of @directus/sdk as it is published since its version 11,
// against a server that runs.

import assert from 'node:assert/strict'
import { Authenticator, Jar, letter, published, refused, setup, step, until } from './place.mjs'

const {
  acceptUserInvite, authentication, createDirectus, disableTwoFactor, enableTwoFactor, generateTwoFactorSecret,
  passwordRequest, passwordReset, readMe, readProviders, registerUser, registerUserVerify, rest, serverPing, updateMe,
} = await import(published.resolve('directus-sdk-18'))

const { ann, guest } = setup.people

// client is an application of one person: in one browser, if it needs cookies.
function client(mode, { jar = new Jar(), early = 0 } = {}) {
  const credentials = mode === 'json' ? undefined : 'include'
  return createDirectus(setup.url, { globals: { fetch: jar.fetch } })
    .with(authentication(mode, { credentials, autoRefresh: early > 0, msRefreshBeforeExpires: early }))
    .with(rest({ credentials }))
}

await step('the server is there and lists its providers', async () => {
  const c = client('json')
  assert.equal(await c.request(serverPing()), 'pong')
  const github = (await c.request(readProviders())).find((p) => p.name === 'github')
  assert.equal(github.driver, 'oauth2')
})

await step('json: sign in, read and change oneself, sign out', async () => {
  const c = client('json')
  const got = await c.login(ann.email, ann.password)
  assert.equal(typeof got.access_token, 'string')
  assert.equal(typeof got.refresh_token, 'string')
  assert.equal(got.expires, setup.life)
  const me = await c.request(readMe({ fields: ['id', 'email', 'status', 'provider', 'tfa_secret'] }))
  assert.deepEqual(me, { id: me.id, email: ann.email, status: 'active', provider: 'default', tfa_secret: null })
  const after = await c.request(updateMe({ first_name: 'Ann', last_name: 'Lee' }, { fields: ['first_name', 'last_name'] }))
  assert.deepEqual(after, { first_name: 'Ann', last_name: 'Lee' })
  assert.equal((await c.request(readMe())).last_name, 'Lee')
  await refused('INVALID_PAYLOAD', c.request(updateMe({ password: 'a password without the one before' })))
  await c.logout()
  await refused('INVALID_CREDENTIALS', c.request(readMe()))
  await refused('INVALID_CREDENTIALS', client('json').login(ann.email, 'not the password of ann'))
})

for (const [mode, cookie] of [['cookie', 'directus_refresh_token'], ['session', 'directus_session_token']]) {
  await step(`${mode}: sign in, refresh and sign out, with a cookie that no script reads`, async () => {
    const jar = new Jar()
    const c = client(mode, { jar })
    const got = await c.login(ann.email, ann.password)
    assert.equal(got.refresh_token, undefined)
    assert.equal(got.expires, mode === 'session' ? setup.sessionLife : setup.life)
    assert.equal(typeof got.access_token, mode === 'session' ? 'undefined' : 'string')
    const first = jar.get(cookie)
    assert(first && jar.httpOnly, 'the cookie is missing or readable')
    assert.equal((await c.request(readMe())).email, ann.email)
    await c.refresh()
    assert.notEqual(jar.get(cookie), first)
    assert.equal((await c.request(readMe())).email, ann.email)
    await c.logout()
    assert.equal(jar.size, 0)
    await refused('INVALID_PAYLOAD', c.refresh())
  })
}

await step('tokens renew themselves before they expire', async () => {
  for (const mode of ['json', 'cookie']) {
    const c = client(mode, { early: setup.life - 1000 })
    await c.login(ann.email, ann.password)
    const first = await c.getToken()
    await until('a renewal by itself', async () => (await c.getToken()) !== first)
    assert.equal((await c.request(readMe())).email, ann.email)
    c.stopRefreshing()
  }
  const jar = new Jar()
  const c = client('session', { jar, early: setup.sessionLife - 1000 })
  await c.login(ann.email, ann.password)
  const first = jar.get('directus_session_token')
  await until('a renewal of the session by itself', async () => jar.get('directus_session_token') !== first)
  assert.equal((await c.request(readMe())).email, ann.email)
  c.stopRefreshing()
})

await step('many refreshes at once leave every tab signed in', async () => {
  const jar = new Jar()
  const tabs = Array.from({ length: 6 }, () => client('cookie', { jar }))
  await tabs[0].login(ann.email, ann.password)
  await Promise.all(tabs.map((t) => t.refresh()))
  await Promise.all(tabs.map((t) => t.refresh()))
  for (const t of tabs) assert.equal((await t.request(readMe())).email, ann.email)
  const session = new Jar()
  const pages = Array.from({ length: 6 }, () => client('session', { jar: session }))
  await pages[0].login(ann.email, ann.password)
  await Promise.all(pages.map((p) => p.refresh()))
  for (const p of pages) assert.equal((await p.request(readMe())).email, ann.email)
  const c = client('json')
  await c.login(ann.email, ann.password)
  await Promise.all([c.refresh(), c.refresh(), c.refresh()])
  assert.equal((await c.request(readMe())).email, ann.email)
})

await step('a forgotten password is replaced with the letter', async () => {
  const c = client('json')
  await c.login(ann.email, ann.password)
  await refused('INVALID_PAYLOAD', c.request(passwordRequest(ann.email, 'https://evil.example/reset')))
  await refused('INVALID_PAYLOAD', c.request(passwordRequest('nobody@example.org', 'https://evil.example/reset')))
  await c.request(passwordRequest('nobody@example.org'))
  await c.request(passwordRequest(ann.email, setup.resetPage))
  const link = await letter(ann.email, 'choose')
  assert.equal(link.origin + link.pathname, setup.resetPage)
  ann.password = 'the second long password of ann'
  const token = link.searchParams.get('token')
  await c.request(passwordReset(token, ann.password))
  await refused('INVALID_TOKEN', client('json').request(passwordReset(token, ann.password)))
  await refused('INVALID_CREDENTIALS', c.refresh())
  await client('json').login(ann.email, ann.password)
})

await step('a second factor is set up, asked for and taken away', async () => {
  const c = client('json')
  await c.login(ann.email, ann.password)
  await refused('INVALID_CREDENTIALS', c.request(generateTwoFactorSecret('not the password of ann')))
  const { secret, otpauth_url: url } = await c.request(generateTwoFactorSecret(ann.password))
  assert.equal(new URL(url).searchParams.get('secret'), secret)
  const phone = new Authenticator(secret)
  await refused('INVALID_OTP', c.request(enableTwoFactor(secret, '000000')))
  await c.request(enableTwoFactor(secret, await phone.code()))
  assert.equal((await c.request(readMe())).tfa_secret, '**********')
  await refused('INVALID_OTP', client('json').login(ann.email, ann.password))
  const again = client('json')
  await again.login(ann.email, ann.password, { otp: await phone.code() })
  await again.request(disableTwoFactor(await phone.code()))
  assert.equal((await again.request(readMe())).tfa_secret, null)
})

await step('a person registers', async () => {
  const c = client('json')
  const password = 'the long password of a newcomer'
  await c.request(registerUser('new@example.org', password, { first_name: 'New' }))
  await c.request(registerUser(ann.email, password)) // which says nothing about ann
  await refused('INVALID_CREDENTIALS', c.login('new@example.org', password))
  const link = await letter('new@example.org', 'confirm')
  await c.request(registerUserVerify(link.searchParams.get('token')))
  await c.login('new@example.org', password)
  assert.equal((await c.request(readMe())).first_name, 'New')
})

await step('a person who is invited enters', async () => {
  const c = client('json')
  const link = await letter(guest, 'invit')
  await c.request(acceptUserInvite(link.searchParams.get('token'), 'the long password of a guest'))
  await c.login(guest, 'the long password of a guest')
  assert.equal((await c.request(readMe())).email, guest)
})
