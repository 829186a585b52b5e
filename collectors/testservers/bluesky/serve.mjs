// A Bluesky network with a town hall, its library and two citizens. It says on one line of JSON what it has put there, then
// takes commands, one a line, and answers each with a line.
import readline from 'node:readline'
import zlib from 'node:zlib'
import Database from 'better-sqlite3'

// What stands in for better-sqlite3 answers binary columns as ArrayBuffers, where the server wants Buffers.
const statement = Object.getPrototypeOf(new Database(':memory:').prepare('select 1'))
const { iterate } = statement
statement.iterate = function* (...parameters) {
  for (const row of iterate.apply(this, parameters)) {
    for (const [name, value] of Object.entries(row)) if (value instanceof ArrayBuffer) row[name] = Buffer.from(value)
    yield row
  }
}
const { TestNetwork } = await import('@atproto/dev-env')

process.on('SIGTERM', () => process.exit(0)) // there is nothing to be kept
const net = await TestNetwork.create({ pds: { hostname: 'localhost', rateLimitsEnabled: true }, bsky: { dbPostgresSchema: 'bsky' } })
const now = Number(process.env.TEST_NOW)
const ago = (hours, minutes = 0) => new Date(now - hours * 3_600_000 - minutes * 60_000).toISOString()
const POST = 'app.bsky.feed.post'

const join = async (name) => {
  const agent = net.pds.getAgent()
  await agent.createAccount({ handle: `${name}.test`, email: `${name}@example.com`, password: 'hunter2' })
  return agent
}
const [town, library, ana, joan, closed] = await Promise.all(['ayuntamiento', 'biblioteca', 'vecina', 'vecino', 'cerrado'].map(join))
const records = async (agent, collection, all) => {
  const done = []
  for (let i = 0; i < all.length; i += 100) {
    const { data } = await agent.com.atproto.repo.applyWrites({
      repo: agent.did,
      writes: all.slice(i, i + 100).map((value) => ({ $type: 'com.atproto.repo.applyWrites#create', collection, value: { $type: collection, ...value } })),
    })
    done.push(...data.results.map(({ uri, cid }) => ({ uri, cid })))
  }
  return done
}
const write = async (agent, ...all) => records(agent, POST, all)

// A grey picture of one dot: PNG is length, type, data and checksum.
const png = (() => {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data])
    const whole = Buffer.alloc(body.length + 8)
    whole.writeUInt32BE(data.length)
    body.copy(whole, 4)
    whole.writeUInt32BE(zlib.crc32(body), body.length + 4)
    return whole
  }
  const head = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0])
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', head), chunk('IDAT', zlib.deflateSync(Buffer.from([0, 128]))), chunk('IEND', Buffer.alloc(0))])
})()
const upload = async (data, encoding) => (await town.uploadBlob(data, { encoding })).data.blob
const [picture, video, captions] = [await upload(png, 'image/png'), await upload(Buffer.from('a film'), 'video/mp4'), await upload(Buffer.from('WEBVTT\n'), 'text/vtt')]

const profile = { displayName: "Ajuntament d'Exemple", description: 'Cuenta oficial. Normas: https://example.org/normas', website: 'https://www.example.org' }
await town.app.bsky.actor.profile.create({ repo: town.did }, { ...profile, avatar: picture, banner: picture, createdAt: ago(2000) })
await library.app.bsky.actor.profile.create({ repo: library.did }, { displayName: 'Biblioteca' })

// What is true of each post of the town hall.
const posts = {}
const note = (ref, value, truth = {}) => {
  posts[ref.uri] = {
    kind: 'own', created: value.createdAt, text: value.text ?? '', language: value.langs?.[0] ?? '', likes: 0, replies: 0, reposts: 0, saves: 0,
    links: [], hashtags: [], mentions: [], media: [], answers: '', self: false, repost_of: '', ...truth,
  }
  return ref
}
const publish = async (...all) => {
  const refs = await write(town, ...all.map(([value]) => value))
  return refs.map((ref, i) => note(ref, ...all[i]))
}
const bytes = (s) => Buffer.byteLength(s)
const mark = (text, part, feature) => {
  const byteStart = bytes(text.slice(0, text.indexOf(part)))
  return { index: { byteStart, byteEnd: byteStart + bytes(part) }, features: [{ ...feature, $type: `app.bsky.richtext.facet#${feature.$type}` }] }
}
const web = ({ uri }) => {
  const [, , did, , key] = uri.split('/')
  return `https://bsky.app/profile/${did}/post/${key}`
}

const notices = await publish(...Array.from({ length: 120 }, (_, i) => [{ text: `Aviso número ${i}`, langs: ['es'], createdAt: ago(200 - i) }]))
const [club] = await write(library, { text: 'Club de lectura', langs: ['es'], createdAt: ago(60) })

const text = 'Demà 📚 amb @biblioteca.test: example.org/setmana/pro… #Alacant'
const [rich] = await publish([
  {
    text, langs: ['ca', 'es'], createdAt: ago(50), tags: ['Llibres'],
    facets: [
      mark(text, '@biblioteca.test', { $type: 'mention', did: library.did }),
      mark(text, 'example.org/setmana/pro…', { $type: 'link', uri: 'https://example.org/setmana/programa' }),
      mark(text, '#Alacant', { $type: 'tag', tag: 'Alacant' }),
    ],
    embed: { $type: 'app.bsky.embed.external', external: { uri: 'https://example.org/targeta', title: 'Targeta', description: '' } },
  },
  {
    text: 'Demà 📚 amb @biblioteca.test: https://example.org/setmana/programa #Alacant', hashtags: ['Alacant', 'Llibres'], mentions: ['biblioteca.test'],
    links: ['https://example.org/setmana/programa', 'https://example.org/targeta'],
  },
])
await publish(
  [
    { text: 'Fotos', langs: ['es'], createdAt: ago(49), embed: { $type: 'app.bsky.embed.images', images: [{ image: picture, alt: 'Cartel: del 21 al 28' }, { image: picture, alt: '' }] } },
    { media: ['image Cartel: del 21 al 28', 'image '] },
  ],
  [
    { text: 'Pleno', langs: ['es'], createdAt: ago(48), embed: { $type: 'app.bsky.embed.video', video, alt: 'El pleno', captions: [{ lang: 'es', file: captions }] } },
    { media: ['video El pleno, captions'] },
  ],
  [{ text: 'Sin subtítulos', createdAt: ago(47), embed: { $type: 'app.bsky.embed.video', video } }, { media: ['video '] }],
  [{ text: 'Vayan', langs: ['es'], createdAt: ago(46), embed: { $type: 'app.bsky.embed.record', record: club } }, { repost_of: web(club) }],
  [
    {
      text: 'Vayan, con foto', langs: ['es'], createdAt: ago(45),
      embed: { $type: 'app.bsky.embed.recordWithMedia', record: { $type: 'app.bsky.embed.record', record: club }, media: { $type: 'app.bsky.embed.images', images: [{ image: picture, alt: 'Sala' }] } },
    },
    { repost_of: web(club), media: ['image Sala'] },
  ],
)
const [first] = await publish([{ text: '1/2', langs: ['es'], createdAt: ago(40) }])
await publish([{ text: '2/2', langs: ['es'], createdAt: ago(40, -1), reply: { root: first, parent: first } }, { answers: first.uri, self: true }])
posts[first.uri].replies++
await publish([{ text: 'reloj adelantado', langs: ['es'], createdAt: new Date(now + 5 * 86_400_000).toISOString() }, { created: '' }]) // the AppView's own time
await publish([{ text: 'de 2014', langs: ['es'], createdAt: '2014-09-11T08:00:00.000Z' }])

const [repost] = await records(town, 'app.bsky.feed.repost', [{ subject: club, createdAt: ago(30) }])
note(repost, { createdAt: ago(30) }, { kind: 'repost', repost_of: web(club) })

// What the public does. The AppView tells nobody of an answer to a post that it does not know yet.
await net.processAll()
const messages = {}
const says = async (agent, ...all) => {
  const refs = await write(agent, ...all)
  refs.forEach(({ uri }, i) => {
    messages[uri] = { author: agent.session.handle, at: all[i].createdAt, language: all[i].langs?.[0] ?? '', answers: posts[all[i].reply?.parent.uri] ? all[i].reply.parent.uri : '', mention: !all[i].reply }
    if (posts[all[i].reply?.parent.uri]) posts[all[i].reply.parent.uri].replies++
  })
  return refs
}
const every = (n, from = notices) => from.filter((_, i) => i % n === 0)
const likes = async (agent, all) => {
  await records(agent, 'app.bsky.feed.like', all.map((subject) => ({ subject, createdAt: ago(1) })))
  all.forEach(({ uri }) => posts[uri].likes++)
}
await likes(ana, [...every(3), rich])
await likes(joan, every(5))
await records(ana, 'app.bsky.feed.repost', every(10).map((subject) => ({ subject, createdAt: ago(1) })))
every(10).forEach(({ uri }) => posts[uri].reposts++)
await write(joan, { text: 'Miren', createdAt: ago(1), embed: { $type: 'app.bsky.embed.record', record: rich } })
posts[rich.uri].reposts++
for (const { uri, cid } of [rich, notices[7]]) {
  await ana.app.bsky.bookmark.createBookmark({ uri, cid })
  posts[uri].saves++
}
const asked = await says(ana, ...every(20).map((ref, i) => ({ text: '¿A qué hora?', langs: ['es'], createdAt: ago(20, i), reply: { root: ref, parent: ref } })))
const hello = '@ayuntamiento.test bon dia'
await says(joan, { text: hello, langs: ['ca'], createdAt: ago(19), facets: [mark(hello, '@ayuntamiento.test', { $type: 'mention', did: town.did })] })
await net.processAll()
const [answer] = await publish([{ text: 'A las nueve', langs: ['es'], createdAt: ago(18), reply: { root: notices[0], parent: asked[0] } }, { kind: 'reply', answers: asked[0].uri }])
await publish([{ text: 'Y media', langs: ['es'], createdAt: ago(18, -1), reply: { root: notices[0], parent: answer } }, { answers: answer.uri, self: true }])
posts[answer.uri].replies++
await write(library, { text: 'Nosotros también', langs: ['es'], createdAt: ago(17), reply: { root: notices[20], parent: notices[20] } })
posts[notices[20].uri].replies++ // by an account of the register: no message from the public

await records(ana, 'app.bsky.graph.follow', [town, library].map(({ did: subject }) => ({ subject, createdAt: ago(900) })))
await records(joan, 'app.bsky.graph.follow', [{ subject: town.did, createdAt: ago(900) }])
await records(town, 'app.bsky.graph.follow', [{ subject: library.did, createdAt: ago(900) }])
await closed.com.atproto.server.deactivateAccount({})
const { password } = (await town.com.atproto.server.createAppPassword({ name: 'presencia' })).data
await net.processAll()

const say = (v) => process.stdout.write(JSON.stringify(v) + '\n')
say({
  app_view: net.bsky.url, service: net.pds.url, password, posts, messages,
  profile: { ...profile, did: town.did, followers: 2, following: 1, posts: Object.values(posts).filter(({ kind }) => kind !== 'repost').length },
})

const commands = {
  delete: (uri) => town.deletePost(uri),
  post: async (text) => (await write(town, { text, langs: ['es'], createdAt: new Date().toISOString() }))[0],
  rename: (handle) => town.com.atproto.identity.updateHandle({ handle }),
}
for await (const line of readline.createInterface({ input: process.stdin })) {
  const [name, argument] = JSON.parse(line)
  const done = await commands[name](argument)
  await net.processAll()
  say(done?.uri ?? '')
}
process.exit(0)
