// An SMTP host that does as it is told: smtp-server, with a JSON line in for each change and a JSON line out for each thing seen.
//   in, first:  { secure, key, cert, user, password, port }    (all optional; without cert no TLS is offered)
//   in, later:  { "mode": "ok" | "refuse-sender" | "refuse-recipient" | "want-user" | "slow" | "die-in-data" }
//   out:        { port }, then { saw: "sender" | "data" | "mail", ... }; a mail has from, to, secure, user and raw
import { createInterface } from 'node:readline'
import { SMTPServer } from 'smtp-server'

const say = (line) => process.stdout.write(JSON.stringify(line) + '\n')
const refusal = (text, responseCode = 550) => Object.assign(new Error(text), { responseCode })
let mode = 'ok'
let server

function start({ secure = false, key, cert, user, password, port = 0 }) {
  server = new SMTPServer({
    secure,
    key,
    cert,
    authOptional: !user,
    disabledCommands: [...(cert ? [] : ['STARTTLS']), ...(user ? [] : ['AUTH'])],
    closeTimeout: 100,
    logger: false,
    onAuth: (auth, session, done) =>
      auth.username === user && auth.password === password ? done(null, { user }) : done(new Error('no')),
    onMailFrom: (address, session, done) => {
      say({ saw: 'sender' })
      if (mode === 'slow') return // and never answers
      if (mode === 'want-user') return done(refusal('sign in before you send', 530))
      done(mode === 'refuse-sender' ? refusal('who are you') : null)
    },
    onRcptTo: (address, session, done) => done(mode === 'refuse-recipient' ? refusal(`no ${address.address} here`) : null),
    onData: (stream, session, done) => {
      say({ saw: 'data' })
      if (mode === 'die-in-data') {
        for (const connection of server.connections) connection._socket.destroy()
        stream.resume()
        return
      }
      const chunks = []
      stream.on('data', (chunk) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        say({
          saw: 'mail',
          from: mailFrom.address,
          to: rcptTo.map((to) => to.address),
          secure: session.secure,
          user: session.user ?? null,
          raw: Buffer.concat(chunks).toString('latin1'),
        })
        done()
      })
    },
  })
  server.on('error', () => {}) // of one connection: the client sees it
  server.listen(port, '127.0.0.1', () => say({ port: server.server.address().port }))
}

for await (const line of createInterface({ input: process.stdin })) {
  const told = JSON.parse(line)
  if (told.mode) mode = told.mode
  else start(told)
}
process.exit(0)
