// The Azure blob emulator as a process that ends with the one that started it: when its standard input is closed.
// node azurite.mjs --blobHost 127.0.0.1 --blobPort 0 --location FOLDER …
import { createRequire } from "node:module";

process.stdin.resume();
process.stdin.on("end", () => process.kill(process.pid, "SIGTERM"));
createRequire(import.meta.url)("azurite/dist/src/blob/main.js");
