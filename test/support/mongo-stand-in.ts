/** Something that speaks just enough of MongoDB's protocol to say what a test wants of its replica set. */
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BSON } from 'mongodb';

const opReply = 1;
const opQuery = 2004;
const opMsg = 2013;

export interface FakeMember {
  readonly port: number;
  stop(): void;
}

/** `answer` gets each command and gives the fields of its answer; `ok: 1` is added. */
export async function startFakeMember(
  answer: (command: BSON.Document, port: number) => BSON.Document,
  delayMilliseconds = 0,
): Promise<FakeMember> {
  let port = 0;
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    let pending = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
    socket.on('data', async (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 16 && pending.length >= pending.readInt32LE(0)) {
        const message = pending.subarray(0, pending.readInt32LE(0));
        pending = pending.subarray(message.length);
        const command = commandOf(message);
        const isHello = 'hello' in command || 'isMaster' in command || 'ismaster' in command;
        if (!isHello) await sleep(delayMilliseconds);
        socket.write(reply(message, { ...answer(command, port), ok: 1 }));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  port = typeof address === 'object' && address ? address.port : 0;
  return {
    port,
    stop() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

function commandOf(message: Buffer): BSON.Document {
  // Flags and the kind of the only section; or flags, name, skip and limit.
  const from = message.readInt32LE(12) === opMsg ? 21 : message.indexOf(0, 20) + 9;
  return BSON.deserialize(message.subarray(from, from + message.readInt32LE(from)));
}

function reply(message: Buffer, fields: BSON.Document): Buffer {
  const isQuery = message.readInt32LE(12) === opQuery;
  const between = isQuery ? Buffer.alloc(20) : Buffer.alloc(5);
  if (isQuery) between.writeInt32LE(1, 16);
  const body = Buffer.concat([between, Buffer.from(BSON.serialize(fields))]);
  const head = Buffer.alloc(16);
  head.writeInt32LE(16 + body.length, 0);
  head.writeInt32LE(message.readInt32LE(4), 8);
  head.writeInt32LE(isQuery ? opReply : opMsg, 12);
  return Buffer.concat([head, body]);
}
