// Both halves of @serenity-kit/opaque behind one pipe: a JSON request a line in, a JSON reply a line out.
// A request is {"op": "client.startLogin", "params": {...}}; a reply is {"result": ...} or {"error": "..."}.
import { createInterface } from 'node:readline';
import * as opaque from '@serenity-kit/opaque';

await opaque.ready;

const halves = { client: opaque.client, server: opaque.server };

for await (const line of createInterface({ input: process.stdin })) {
  const { op, params } = JSON.parse(line);
  const [half, name] = op.split('.');
  let reply;
  try {
    reply = { result: halves[half][name](params) ?? null };
  } catch (error) {
    reply = { error: String(error?.message ?? error) };
  }
  process.stdout.write(JSON.stringify(reply) + '\n');
}
