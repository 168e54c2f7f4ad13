// A real OpenID provider for the tests: the certified oidc-provider with a
// sign-in page of two fields, and a few levers that a test pulls.
//
// What it is comes as JSON on standard input: {port, lever, clients, people,
// services, lax}. Access tokens for one of the services are JWTs, others are
// opaque. One that is lax lets clients go without PKCE.
// "ready" on standard output says that it listens.

import { createServer } from 'node:http'
import { generateKeyPairSync } from 'node:crypto'
import { text } from 'node:stream/consumers'
import Provider, { errors } from 'oidc-provider'

const { port, lever, clients, people, services, lax } = JSON.parse(await text(process.stdin))
const issuer = `http://127.0.0.1:${port}`
const disabled = new Set()

const jwk = (type, options, use) => ({ ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), use: 'sig', ...use })

const provider = new Provider(issuer, {
  clients,
  jwks: { keys: [jwk('rsa', { modulusLength: 2048 }, { alg: 'RS256' }), jwk('ec', { namedCurve: 'P-256' }, { alg: 'ES256' })] },
  cookies: { keys: ['a key for the tests'] },
  conformIdTokenClaims: false,
  claims: {
    openid: ['sub'],
    profile: ['name', 'given_name', 'family_name', 'preferred_username'],
    email: ['email', 'email_verified'],
    groups: ['groups'],
  },
  scopes: ['openid', 'offline_access', 'profile', 'email', 'groups'],
  pkce: { required: () => !lax },
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: services.length > 0,
      defaultResource: async () => undefined,
      getResourceServerInfo: async (_, resource) => {
        if (!services.includes(resource)) throw new errors.InvalidTarget()
        return { scope: 'use', audience: resource, accessTokenFormat: 'jwt', accessTokenTTL: 300 }
      },
    },
    rpInitiatedLogout: { enabled: true },
  },
  // Its own refuses private addresses, which all of ours are.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
  findAccount: async (_, sub) => {
    const person = people.find((p) => p.sub === sub)
    if (!person || disabled.has(sub)) return undefined
    const { login, ...claims } = person
    return { accountId: sub, claims: async () => ({ preferred_username: login, ...claims }) }
  },
  ttl: { AccessToken: 300, AuthorizationCode: 60, IdToken: 300, Interaction: 600, Session: 3600, Grant: 3600, RefreshToken: 3600 },
})

const page = (uid, wrong) => `<!doctype html><html lang="en"><title>The provider</title>
<h1>The provider</h1>${wrong ? '<p id="wrong">Nobody is called that.' : ''}
<form method="post" action="/interaction/${uid}"><label>Login <input name="login" id="login" autofocus></label>
<button name="do" value="sign in" id="sign-in">Sign in</button> <button name="do" value="cancel" id="cancel">Cancel</button></form>`

// interact is the sign-in page. Consent is given by itself.
async function interact(req, res) {
  const { uid, prompt, params, session } = await provider.interactionDetails(req, res)
  if (prompt.name === 'consent') {
    const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id })
    grant.addOIDCScope(params.scope)
    if (params.resource) grant.addResourceScope(params.resource, 'use')
    return provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true })
  }
  const form = req.method === 'POST' ? new URLSearchParams(await text(req)) : undefined
  if (form?.get('do') === 'cancel') {
    return provider.interactionFinished(req, res, { error: 'access_denied', error_description: 'the person pressed cancel' })
  }
  const person = people.find((p) => form && p.login === form.get('login'))
  if (person) return provider.interactionFinished(req, res, { login: { accountId: person.sub, amr: ['pwd'] } })
  res.setHeader('Content-Type', 'text/html; charset=utf-8').end(page(uid, form))
}

// pull is a lever: {disable: SUB}, {enable: SUB}, {change: {sub, …}} or
// {logout: {client, sub, sid}}, which sends a back-channel logout token.
async function pull(req, res) {
  const { disable, enable, change, logout } = JSON.parse(await text(req))
  if (disable) disabled.add(disable)
  if (enable) disabled.delete(enable)
  if (change) Object.assign(people.find((p) => p.sub === change.sub), change)
  if (logout) await (await provider.Client.find(logout.client)).backchannelLogout(logout.sub, logout.sid)
  res.end('done')
}

const callback = provider.callback()
const server = createServer((req, res) => {
  const work = req.url === `/${lever}` ? pull(req, res) : req.url.startsWith('/interaction/') ? interact(req, res) : callback(req, res)
  Promise.resolve(work).catch((err) => res.writeHead(500).end(String(err)))
})
server.listen(port, '127.0.0.1', () => console.log('ready'))
