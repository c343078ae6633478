// Prints the age testkit (cctv-age) as one JSON object: name of the vector to its bytes in base64.
import * as vectors from 'cctv-age'

const files = Object.entries(vectors).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')])
process.stdout.write(JSON.stringify(Object.fromEntries(files)))
