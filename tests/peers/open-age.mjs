// Opens a password-protected age file with the independent implementation `age-encryption`.
import { readFile, writeFile } from 'node:fs/promises';
import { Decrypter } from 'age-encryption';

const [password, source, target] = process.argv.slice(2);
const decrypter = new Decrypter();
decrypter.addPassphrase(password);
await writeFile(target, await decrypter.decrypt(await readFile(source)));
console.log('ok');
