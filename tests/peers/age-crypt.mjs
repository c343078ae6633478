// Encrypts or decrypts with age-encryption. Reads one JSON request from standard input:
//   { op: 'encrypt', recipient | passphrase, logN?, data }  or  { op: 'decrypt', identity | passphrase, data }
// with data in base64, and prints the result in base64.
import { text } from 'node:stream/consumers'
import { Decrypter, Encrypter } from 'age-encryption'

const request = JSON.parse(await text(process.stdin))
const data = new Uint8Array(Buffer.from(request.data, 'base64'))
let result
if (request.op === 'encrypt') {
  const encrypter = new Encrypter()
  if (request.passphrase === undefined) {
    encrypter.addRecipient(request.recipient)
  } else {
    encrypter.setPassphrase(request.passphrase)
    encrypter.setScryptWorkFactor(request.logN)
  }
  result = await encrypter.encrypt(data)
} else {
  const decrypter = new Decrypter()
  if (request.passphrase === undefined) {
    decrypter.addIdentity(request.identity)
  } else {
    decrypter.addPassphrase(request.passphrase)
  }
  result = await decrypter.decrypt(data)
}
process.stdout.write(Buffer.from(result).toString('base64'))
