// The independent noise-c as a client: TCP, Noise XX as the initiator, and node's own HTTP/2 inside.
//   node noise-initiator.mjs {port} {server's public key in hex} {path}...
// Prints one JSON object: { handshakeHash, answers: [{ status, body }] }. Ends with 3, and sends no message 3, where the
// server proves another key.
import http2 from 'node:http2'
import net from 'node:net'
import { randomBytes } from 'node:crypto'
import { Duplex } from 'node:stream'
import createNoise from 'noise-c.wasm'

const [port, serverKey, ...paths] = process.argv.slice(2)
const maxPlaintext = 65535 - 16
const noise = await new Promise((resolve) => createNoise(resolve))

/** Length in 2 bytes, big-endian, in front of each message. */
function frame(message) {
  const framed = Buffer.alloc(2 + message.length)
  framed.writeUInt16BE(message.length)
  framed.set(message, 2)
  return framed
}

/** The messages that arrive on a socket, one at a time. */
async function* messages(socket) {
  let buffered = Buffer.alloc(0)
  for await (const chunk of socket) {
    buffered = Buffer.concat([buffered, chunk])
    while (buffered.length >= 2 && buffered.length >= 2 + buffered.readUInt16BE()) {
      const end = 2 + buffered.readUInt16BE()
      yield buffered.subarray(2, end)
      buffered = buffered.subarray(end)
    }
  }
}

async function connect() {
  const socket = net.connect(Number(port), '127.0.0.1')
  const incoming = messages(socket)
  const handshake = noise.HandshakeState('Noise_XX_25519_AESGCM_SHA256', noise.constants.NOISE_ROLE_INITIATOR)
  handshake.Initialize(Buffer.from('Vault/1'), randomBytes(32))
  socket.write(frame(handshake.WriteMessage()))
  handshake.ReadMessage((await incoming.next()).value)
  if (Buffer.from(handshake.GetRemotePublicKey()).toString('hex') !== serverKey) {
    socket.destroy()
    process.exit(3)
  }

  socket.write(frame(handshake.WriteMessage()))
  const handshakeHash = Buffer.from(handshake.GetHandshakeHash()).toString('hex')
  const [send, receive] = handshake.Split()
  return { socket, incoming, handshakeHash, send, receive }
}

const { socket, incoming, handshakeHash, send, receive } = await connect()
const none = new Uint8Array(0)
const opened = (async function* () {
  for await (const message of incoming) {
    yield Buffer.from(receive.DecryptWithAd(none, message))
  }
})()
const channel = new Duplex({
  read() {
    opened.next().then(({ value, done }) => this.push(done ? null : value), (error) => this.destroy(error))
  },
  write(chunk, _, written) {
    for (let start = 0; start < chunk.length; start += maxPlaintext) {
      socket.write(frame(send.EncryptWithAd(none, chunk.subarray(start, start + maxPlaintext))))
    }

    written()
  },
  final(ended) {
    socket.end(ended)
  },
})

function get(session, path) {
  return new Promise((resolve, reject) => {
    const request = session.request({ ':path': path })
    let status
    let body = ''
    request.setEncoding('utf8')
    request.on('response', (headers) => { status = headers[':status'] })
    request.on('data', (text) => { body += text })
    request.on('end', () => resolve({ status, body }))
    request.on('error', reject)
    request.end()
  })
}

const session = http2.connect('http://vault', { createConnection: () => channel })
const answers = await Promise.all(paths.map((path) => get(session, path)))
process.stdout.write(JSON.stringify({ handshakeHash, answers }))
session.destroy()
socket.destroy()
