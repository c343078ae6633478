// Opens an age file, by password or by identity, with the independent implementation `age-encryption`.
import { readFile, writeFile } from 'node:fs/promises';
import { Decrypter } from 'age-encryption';

const [secret, source, target] = process.argv.slice(2);
const decrypter = new Decrypter();
if (secret.startsWith('AGE-SECRET-KEY-')) decrypter.addIdentity(secret);
else decrypter.addPassphrase(secret);
await writeFile(target, await decrypter.decrypt(await readFile(source)));
console.log('ok');
